// Tracks, routes and tables of a program that behaves, for tests of what stands before it.
import type { Asked, LookupRow, Pushed, RoutesView, TrackRow } from '../../src/api/traffic.ts'
import type { EnvironmentPlan } from '../../src/domain/traffic/plan.ts'
import type { TrafficControl } from '../../src/server/traffic-control.ts'

export type MemoryTraffic = TrafficControl & {
  view: RoutesView
  planNow: EnvironmentPlan | null
  tables: LookupRow[]
  readonly asked: Asked[]
  /** What was pushed, as it came in. */
  readonly pushed: { readonly table: string; readonly csv: string }[]
}

const AT = Date.UTC(2026, 10, 20, 9, 0)

export function trackRow(track: string, release: number, more: Partial<TrackRow> = {}): TrackRow {
  return {
    track,
    release,
    name: `#${release}`,
    percent: 100,
    serves: [{ release, name: `#${release}`, weightPercent: 100 }],
    instances: { wanted: 1, ready: 1 },
    follows: null,
    since: AT - 3_600_000,
    by: 'anna',
    reason: 'to try it',
    trouble: null,
    history: [],
    ...more,
  }
}

export function memoryTraffic(): MemoryTraffic {
  const acme = { attribute: { from: 'customer' as const }, test: { op: 'is' as const, value: 'acme' } }
  const done = (table: LookupRow): Pushed => ({ done: true, refusal: null, table })
  const traffic: MemoryTraffic = {
    asked: [],
    pushed: [],
    tables: [],
    planNow: null,
    view: {
      service: 'shop',
      stage: 'production',
      inForce: true,
      tracks: [trackRow('stable', 11, { by: null, reason: 'moved by the pipeline' }), trackRow('beta', 12)],
      routes: [
        {
          id: 'r1',
          text: 'customer is "acme": beta',
          when: [acme],
          percent: 100,
          to: { track: 'beta' },
          expiresAt: AT + 7_200_000,
          reason: 'they asked',
          by: 'anna',
          since: AT,
        },
      ],
      warnings: [],
      versions: [
        {
          release: 12,
          name: '#12',
          instances: 1,
          memoryBytes: 52_428_800,
          neededBy: ['track beta'],
          until: null,
        },
      ],
      awaited: [],
    },
    routes: async (service, stage) => ({ ...traffic.view, service, stage }),
    explain: async (_service, _stage, asked) => {
      traffic.asked.push(asked)
      const wins = asked.customer === 'acme'
      return {
        track: wins ? 'beta' : 'stable',
        release: wins ? 12 : 11,
        name: wins ? '#12' : '#11',
        why: wins ? 'the rule r1 won; all of it is #12' : 'no rule spoke of it, so it gets stable',
        rules: [
          {
            id: 'r1',
            text: 'customer is "acme": beta',
            wins,
            why: wins ? 'customer is "acme"' : 'it asks that customer is "acme", and there is none',
          },
        ],
      }
    },
    resolve: async (service, stage, asked) => {
      traffic.asked.push(asked)
      return {
        service,
        stage,
        release: 11,
        name: '#11',
        track: 'stable',
        sha: null,
        generation: 4,
        instances: [],
      }
    },
    plan: async () => traffic.planNow,
    lookups: async () => traffic.tables,
    lookup: async (_service, table, key) =>
      traffic.tables.some((one) => one.table === table) ? { key, cells: { plan: 'free' } } : null,
    pushLookup: async ({ table, key, csv }) => {
      const pieces: Uint8Array[] = []
      for await (const piece of csv) pieces.push(piece)
      const text = Buffer.concat(pieces).toString('utf8')
      traffic.pushed.push({ table, csv: text })
      const rows = text.trimEnd().split('\n').length - 1
      const made = {
        table,
        generation: 1,
        key: key ?? { from: 'customer' as const },
        columns: ['plan'],
        rows,
      }
      traffic.tables = [made]
      return done(made)
    },
    changeLookup: async ({ table }) => {
      const known = traffic.tables.find((one) => one.table === table)
      if (known) return done(known)
      const refusal = { code: 'lookup/unknown', text: `shop has no lookup table ${table}` }
      return { done: false, refusal, table: null }
    },
    removeLookup: async (_service, table) => {
      const before = traffic.tables.length
      traffic.tables = traffic.tables.filter((one) => one.table !== table)
      return traffic.tables.length < before
    },
  }
  return traffic
}
