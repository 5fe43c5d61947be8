// The service of one seed: two or three stages with short bakes and soaks, so that hours hold whole careers.
import type {
  CheckDefinition,
  RolloutStep,
  ServiceDefinition,
  StageDefinition,
} from '../src/domain/pipeline/definition.ts'
import { processesLike, withProcesses } from './draw-processes.ts'
import type { Random } from './random.ts'
import type { Size } from './size.ts'

export const SERVICE = 'shop'
const MINUTE_MS = 60_000
const STAGES_MAX = 4

export function drawDefinition(random: Random, size: Size): ServiceDefinition {
  const names = random.pick([
    ['staging', 'production'],
    ['staging', 'production'],
    ['alpha', 'staging', 'production'],
  ])
  return withProcesses(random.fork('processes'), {
    service: SERVICE,
    source: { git: '/repository', branch: 'main', pollMs: 60_000 },
    build: drawBuild(random.fork('built elsewhere')),
    run: {
      command: 'node server.js',
      health: { path: '/healthz', waitMs: 40_000 },
      userKey: null,
      env: {},
      termMs: 10_000,
      ...drawReleaseCommand(random.fork('release command')),
    },
    zone: 'UTC',
    stages: names.map((stage, index) => drawStage(random, size, stage, index === names.length - 1)),
  })
}

function drawBuild(random: Random): ServiceDefinition['build'] {
  const build = { command: 'make', output: '.', limitMs: 30 * MINUTE_MS, env: {} }
  return random.chance(0.12) ? { ...build, command: null, limitMs: 6 * MINUTE_MS, elsewhere: true } : build
}

function drawReleaseCommand(random: Random): Pick<ServiceDefinition['run'], 'release'> {
  return random.chance(0.35) ? { release: { command: 'make migrate', limitMs: 10 * MINUTE_MS } } : {}
}

function drawStage(random: Random, size: Size, stage: string, isLast: boolean): StageDefinition {
  return {
    stage,
    instances: random.int(1, 4),
    traffic: random.chance(0.15) ? 'none' : 'expected',
    bake: isLast && random.chance(0.6) ? null : drawBake(random, size),
    window: random.chance(isLast ? 0.3 : 0.08) ? drawWindow(random) : null,
    rollout: drawConfirm(random.fork(`confirm of ${stage}`), drawRollout(random, size, isLast)),
    checks: drawChecks(random),
    inconclusive: random.pick(['promote', 'extend', 'ask'] as const),
    caught: random.pick(['go-back', 'stay'] as const),
    watchMs: random.pick(size.watchMs),
    drainMs: random.pick([0, 10_000, 30_000]),
    passAfterMs: 60 * MINUTE_MS,
    env: {},
    renamedFrom: null,
    ...drawAhead(random.fork(`ahead ${stage}`), isLast),
    ...drawPeople(random.fork(`people of ${stage}`), isLast),
  }
}

/** From a source of its own: the other draws, and the seeds that are kept, stay what they were. */
function drawAhead(random: Random, isLast: boolean): Pick<StageDefinition, 'ahead'> {
  return !isLast && random.chance(0.25) ? { ahead: random.int(1, 3) } : {}
}

function drawBake(random: Random, { bakeMs, ownMs }: Size): StageDefinition['bake'] {
  return {
    forMs: random.int(bakeMs[0] / MINUTE_MS, bakeMs[1] / MINUTE_MS) * MINUTE_MS,
    requests: random.pick([0, 50, 200, 2_000]),
    ownMs: random.pick(ownMs),
  }
}

function drawWindow(random: Random): StageDefinition['window'] {
  const from = random.int(7, 10) * 60
  return {
    days: random.pick([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5, 6, 7],
    ]),
    fromMinute: from,
    toMinute: from + random.int(2, 6) * 30,
    zone: 'UTC',
    closedOn: random.chance(0.2) ? ['2026-03-04'] : [],
  }
}

function drawRollout(random: Random, size: Size, isLast: boolean): readonly RolloutStep[] {
  const soakMs = random.pick(size.soakMs)
  const all: RolloutStep = { kind: 'all', percent: 100, soakMs: random.pick([0, soakMs]) }
  if (!isLast && random.chance(0.6)) return [all]
  if (random.chance(0.12)) return [{ kind: 'replace', percent: 100, soakMs: 0 }]
  if (random.chance(0.3)) return [{ kind: 'one-box', percent: 10, soakMs }, all]
  return [
    { kind: 'one-box', percent: 10, soakMs },
    { kind: 'share', percent: 25, soakMs },
    { kind: 'share', percent: 50, soakMs },
    all,
  ]
}

function drawChecks(random: Random): readonly CheckDefinition[] {
  const made: CheckDefinition[] = [
    { check: 'smoke', when: 'entry', limitMs: 60_000, kind: 'command', command: 'npm run smoke' },
    {
      check: 'probe',
      when: 'steps',
      limitMs: 30_000,
      kind: 'http',
      path: '/',
      status: 200,
      contains: null,
    },
  ]
  return made.slice(0, random.pick([0, 1, 1, 2]))
}

/** Where a stage was taken out, its number may be taken already. */
function freeName({ stages }: ServiceDefinition): string {
  let number = stages.length
  while (stages.some(({ stage }) => stage === `extra-${number}`)) number += 1
  return `extra-${number}`
}

/** A configuration that somebody applies at a bad moment. */
export function redraw(random: Random, size: Size, old: ServiceDefinition): ServiceDefinition {
  const last = old.stages.length - 1
  const change = random.int(0, 5)
  if (change === 0 && old.stages.length < STAGES_MAX) return insertStage(random, size, old)
  const which = random.int(0, last)
  const stages = old.stages.map((stage, index) => {
    if (index !== which) return stage
    if (change === 1) return { ...stage, rollout: drawRollout(random, size, index === last) }
    if (change === 2) return { ...stage, instances: random.int(1, 5) }
    if (change === 3)
      return {
        ...stage,
        checks: drawChecks(random).filter(({ kind }) => !(stage.portless && kind === 'http')),
      }
    if (change === 4) return { ...stage, watchMs: random.pick(size.watchMs) }
    return { ...stage, bake: random.chance(0.2) ? null : drawBake(random, size) }
  })
  return { ...old, stages }
}

export function insertStage(random: Random, size: Size, old: ServiceDefinition): ServiceDefinition {
  if (old.stages.length >= STAGES_MAX) return old
  const at = random.int(0, old.stages.length - 1)
  const drawn = drawStage(random, size, freeName(old), false)
  const inserted = { ...drawn, ...processesLike(old.stages[0]!) }
  return { ...old, stages: [...old.stages.slice(0, at), inserted, ...old.stages.slice(at)] }
}

/** Some stages ask people, and some take the latest; drawn apart, so that the others stay as they were. */
function drawPeople(random: Random, isLast: boolean): Pick<StageDefinition, 'approve' | 'queue'> {
  const asks = isLast && random.chance(0.3)
  return {
    ...(asks ? { approve: { by: [], n: random.int(1, 2), own: true, byHand: random.chance(0.3) } } : {}),
    ...(random.chance(0.15) ? { queue: 'latest' as const } : {}),
  }
}

/** Now and then the first step of a rollout asks. */
function drawConfirm(random: Random, [first, ...rest]: readonly RolloutStep[]): readonly RolloutStep[] {
  if (!first) return rest
  return [random.chance(0.18) ? { ...first, confirm: true } : first, ...rest]
}
