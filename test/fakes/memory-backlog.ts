// A backlog behind a lock, as the server tells it.
import type { Backlog } from '../../src/api/backlog.ts'

const AT = Date.UTC(2026, 10, 20, 9, 0)
const HOUR_MS = 3_600_000

export function backlogOf(service: string): Backlog {
  const one = {
    release: 12,
    name: '#12',
    sha: '0cf3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5',
    subject: 'Orders have a currency',
    author: 'Anna Berg',
    coAuthors: ['Ben Fuchs'],
    pullRequest: 112,
    mergedAt: AT - 30 * HOUR_MS,
    waitedMs: 30 * HOUR_MS,
    size: { files: 3, added: 40, removed: 2 },
    risks: [
      {
        kind: 'migration' as const,
        text: 'it changes the database: db/migrate/7.sql',
        files: ['db/migrate/7.sql'],
      },
    ],
    isSetAside: false,
    why: [{ code: 'gate/locked', text: 'production is locked by anna: a sale', until: null }],
    liveAt: null,
    liveIn: null,
  }
  const goes = [{ release: 12, changes: [12], at: AT + 60_000, liveAt: AT + 2 * HOUR_MS }]
  return {
    service,
    at: AT,
    stages: [
      { stage: 'staging', changes: [], size: { files: 0, added: 0, removed: 0 }, age: null, openings: [] },
      {
        stage: 'production',
        changes: [one],
        size: one.size,
        age: {
          oldestMs: 30 * HOUR_MS,
          level: 'old',
          text: '#12 was merged 1.3 days ago and is not here yet',
        },
        openings: [
          { queue: 'each', text: '1 change in one: #12', goes },
          { queue: 'latest', text: '1 change in one: #12', goes },
        ],
      },
    ],
    bottleneck: {
      stage: 'production',
      text: 'production keeps 1 change waiting longest: production is locked by anna: a sale',
      waiting: 1,
    },
  }
}
