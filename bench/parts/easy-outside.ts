// An outside that does everything at once and well: what it answers to each intent, and as ports of a coordinator.
import { createHash } from 'node:crypto'
import type { Change } from '../../src/domain/change/change.ts'
import { machine } from '../../src/domain/names.ts'
import type { ServiceDefinition, StageDefinition } from '../../src/domain/pipeline/definition.ts'
import type { ServiceCommand } from '../../src/domain/service/command.ts'
import type { Intent } from '../../src/domain/service/intent.ts'
import { markOf, type ServiceState, stageOf } from '../../src/domain/service/state.ts'

const STAGE: Omit<StageDefinition, 'stage' | 'bake' | 'rollout'> = {
  instances: 4,
  traffic: 'expected',
  window: null,
  checks: [],
  inconclusive: 'promote',
  caught: 'go-back',
  watchMs: 0,
  drainMs: 1_000,
  passAfterMs: 3_600_000,
  env: {},
  renamedFrom: null,
}

export function definitionOf(service: string): ServiceDefinition {
  const all = { kind: 'all', percent: 100, soakMs: 0 } as const
  return {
    service,
    source: { git: `/srv/${service}`, branch: 'main', pollMs: 60_000 },
    build: { command: 'npm ci && npm run build', output: '.', limitMs: 1_800_000, env: {} },
    run: RUN,
    zone: 'UTC',
    stages: [
      {
        ...STAGE,
        stage: 'staging',
        bake: { forMs: 3_600_000, requests: 100, ownMs: 360_000 },
        rollout: [all],
      },
      {
        ...STAGE,
        stage: 'production',
        bake: null,
        rollout: [
          { kind: 'one-box', percent: 10, soakMs: 0 },
          { kind: 'share', percent: 50, soakMs: 0 },
          all,
        ],
      },
    ],
  }
}

/** Only a stage that bakes: its first release would go on into an empty one at once. */
export function bakingDefinition(service: string): ServiceDefinition {
  const definition = definitionOf(service)
  return { ...definition, stages: definition.stages.slice(0, 1) }
}

const RUN = {
  command: 'node server.js',
  health: { path: '/healthz', waitMs: 120_000 },
  userKey: null,
  env: {},
  termMs: 10_000,
} as const

export function changeOf(service: string, number: number): Change {
  const author = { name: 'Anna Author', email: 'anna@example.com' }
  return {
    sha: createHash('sha1').update(`${service} ${number}`).digest('hex'),
    author,
    committer: author,
    coAuthors: [],
    subject: `Change ${number} of what customers see`,
    committedAtMs: 1_700_000_000_000 + number * 60_000,
    pullRequest: number,
    says: { revertsCommits: [], revertsPullRequests: [], fixes: [], contains: [], cherryPickedFrom: [] },
  }
}

const by = machine('bench')

/** What is reported when an intent was carried out. */
export function answersTo(state: ServiceState, intent: Intent, at: number): readonly ServiceCommand[] {
  switch (intent.do) {
    case 'decide':
      return [intent.command]
    case 'build': {
      const { release, attempt } = intent
      const artifact = `sha256-${createHash('sha256').update(`${state.definition?.service} ${release}`).digest('hex')}`
      return [
        { type: 'report-build-started', release, attempt, at, by },
        { type: 'report-build-done', release, attempt, artifact, run: RUN, sizeBytes: 1_000_000, at, by },
      ]
    }
    case 'scale':
    case 'shrink': {
      const { stage, fleet } = intent
      const { release, count } = fleet
      const instances = instancesOf(release, count)
      return [{ type: 'report-fleet', stage, release, count, instances, askedAt: state.version, at, by }]
    }
    case 'route': {
      const { stage, generation, arms } = intent
      return [{ type: 'report-routed', stage, generation, arms, at, by }]
    }
    case 'check':
    case 'check-beside':
    case 'run-command':
    case 'end-command':
    case 'prepare-revert':
    case 'wake':
      return []
  }
}

export function instancesOf(release: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `ins_${release}_${index}`,
    host: '127.0.0.1',
    port: 20_000 + ((release * 10 + index) % 10_000),
  }))
}

/** The end of a bake in staging, as the observer would find it; nothing when it is not baking. */
export function bakeEnd(state: ServiceState, at: number): readonly ServiceCommand[] {
  const stage = stageOf(state, 'staging')
  const release = stage.live?.release
  if (release === undefined || stage.rollout || markOf(stage, release).cleared !== null) return []
  const found = { stage: 'staging', tick: 0, at, by }
  return [
    { type: 'report-finding', finding: { found: 'own-served', release }, ...found },
    {
      type: 'report-finding',
      finding: { found: 'bake-over', release, changes: [release], proof: 'proven' },
      ...found,
    },
  ]
}
