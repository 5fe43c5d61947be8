// Which processes the service of a seed has: mostly one that users call, sometimes workers beside it, sometimes nothing
// that anybody could call.
import type { RunRecipe, ServiceDefinition, StageDefinition } from '../src/domain/pipeline/definition.ts'
import type { Random } from './random.ts'

const STEADY_MS = 5_000
const JOBS = { done: ['job done'], failed: ['job failed'] } as const

/** Drawn apart from all the rest: a service that has one process only is what it would have been without this. */
export function withProcesses(random: Random, definition: ServiceDefinition): ServiceDefinition {
  const roll = random.next()
  if (roll < 0.12) return portless(random, definition)
  return roll < 0.28 ? withWorkers(random, definition) : definition
}

/** A stage that is new has the processes of the others. */
export function processesLike({ portless, workers, traffic }: StageDefinition): Partial<StageDefinition> {
  return { ...(portless ? { portless, traffic } : {}), ...(workers ? { workers } : {}) }
}

function portless(random: Random, definition: ServiceDefinition): ServiceDefinition {
  const tells = random.chance(0.6)
  const run: RunRecipe = {
    ...definition.run,
    process: 'worker',
    portless: { steadyMs: STEADY_MS, ...(tells ? { jobs: JOBS } : {}) },
  }
  const stages = definition.stages.map(
    (stage): StageDefinition => ({
      ...stage,
      portless: true,
      traffic: tells ? stage.traffic : 'none',
      // There is no address that could be probed.
      checks: stage.checks.filter(({ kind }) => kind !== 'http'),
    }),
  )
  return { ...definition, run, stages }
}

function withWorkers(random: Random, definition: ServiceDefinition): ServiceDefinition {
  const jobs = random.chance(0.5) ? { jobs: JOBS } : {}
  const worker = {
    process: 'worker',
    command: 'node worker.js',
    env: {},
    termMs: 10_000,
    steadyMs: STEADY_MS,
    ...jobs,
  }
  const stages = definition.stages.map((stage) => ({ ...stage, workers: { worker: random.int(1, 3) } }))
  return { ...definition, run: { ...definition.run, workers: [worker] }, stages }
}
