// The processes of one service: what runs, and of what there may be how many.
import type { JobLines, RunRecipe, WorkerCounts, WorkerRecipe } from '../../domain/pipeline/definition.ts'
import type { ConfigPath } from '../config-mistake.ts'
import { nearestWord } from '../explain/nearest-word.ts'
import type { WrittenService } from '../schema/service-schema.ts'
import { DEFAULTS } from './defaults.ts'
import type { ProblemList } from './problem-list.ts'

/** The one process that has a port. */
const WEB = 'web'

export type Processes = {
  /** Name of the one that the recipe itself describes: `web`, or the first where nothing has a port. */
  readonly main: string
  readonly hasPort: boolean
  /** The others, in the order they are written. */
  readonly others: readonly string[]
  /** Output tells of jobs, in at least one without a port. */
  readonly tellsJobs: boolean
}

type WrittenProcesses = NonNullable<WrittenService['processes']>
type WrittenProcess = WrittenProcesses[string]
type WrittenRun = NonNullable<WrittenService['run']>

/** What is written as `run`, or as `processes`; undefined where neither is, or both are: that is said. */
export function processesOf(
  { run, processes }: WrittenService,
  path: ConfigPath,
  problems: ProblemList,
): Processes | undefined {
  if (processes === undefined) {
    if (run === undefined) problems.add([...path, 'run'], 'is missing; write `run`, or `processes`')
    return run === undefined ? undefined : { main: WEB, hasPort: true, others: [], tellsJobs: false }
  }
  if (run !== undefined) {
    problems.add([...path, 'processes'], 'says what `run` says; keep one of them')
    return undefined
  }
  checkKeys(processes, [...path, 'processes'], problems)
  const names = Object.keys(processes)
  const hasPort = processes[WEB] !== undefined
  const main = hasPort ? WEB : (names[0] ?? WEB)
  return {
    main,
    hasPort,
    others: names.filter((name) => name !== main),
    tellsJobs: names.some((name) => name !== WEB && jobsOf(processes[name]) !== undefined),
  }
}

/** Some keys are for what has a port, some for what has none. */
function checkKeys(processes: WrittenProcesses, path: ConfigPath, problems: ProblemList): void {
  for (const [name, written] of Object.entries(processes)) {
    if (typeof written === 'string') continue
    for (const key of name === WEB ? OF_OTHERS : OF_WEB)
      if (written[key] !== undefined)
        problems.add(
          [...path, name, key],
          name === WEB
            ? 'is for processes without a port; `web` has one'
            : 'is for `web`: this process has no port, and is well when it goes on running',
        )
  }
}

const OF_WEB = [
  'health',
  'protocol',
  'userKey',
  'customerKey',
  'tokens',
  'concurrency',
  'needs',
  'metrics',
] as const
const OF_OTHERS = ['steady', 'jobs'] as const

/** The process with a port, however it is written. */
export function webOf({ run, processes }: WrittenService): WrittenRun | undefined {
  if (run !== undefined) return run
  const web = processes?.[WEB]
  if (web === undefined || typeof web === 'string') return web
  const { steady: _, jobs: __, ...rest } = web
  return rest
}

/** What the recipe holds beside the one process with a port, or instead of it. */
export function workersIn(
  { processes: all = {} }: WrittenService,
  processes: Processes,
): Pick<RunRecipe, 'workers' | 'portless' | 'process'> & { readonly main: WorkerRecipe | undefined } {
  const workers = processes.others.map((name) => completeWorker(name, all[name]))
  const main = processes.hasPort ? undefined : completeWorker(processes.main, all[processes.main])
  return {
    main,
    ...(workers.length === 0 ? {} : { workers }),
    ...(main === undefined
      ? {}
      : {
          process: main.process,
          portless: { steadyMs: main.steadyMs, ...(main.jobs === undefined ? {} : { jobs: main.jobs }) },
        }),
  }
}

function completeWorker(process: string, written: WrittenProcess | undefined): WorkerRecipe {
  const worker = typeof written === 'string' ? { command: written } : written
  const jobs = jobsOf(written)
  return {
    process,
    command: worker?.command ?? '',
    env: worker?.env ?? {},
    termMs: worker?.term ?? DEFAULTS.termMs,
    steadyMs: worker?.steady ?? DEFAULTS.steadyMs,
    ...(jobs === undefined ? {} : { jobs }),
  }
}

function jobsOf(written: WrittenProcess | undefined): JobLines | undefined {
  if (typeof written !== 'object' || written.jobs === undefined) return undefined
  const { done, failed } = written.jobs
  return { done: [done].flat(), failed: [failed].flat() }
}

/** Instances of a stage: of the process that the recipe describes, and of the others. */
export function completeInstances(
  written: number | Readonly<Record<string, number>> | undefined,
  { main, others }: Processes,
  path: ConfigPath,
  problems: ProblemList,
): { readonly instances: number; readonly workers?: WorkerCounts } {
  const named = typeof written === 'object' ? written : {}
  const known = [main, ...others]
  for (const name of Object.keys(named)) {
    if (known.includes(name)) continue
    const near = nearestWord(name, known)
    problems.add(
      [...path, 'instances', name],
      `is none of its processes (${known.join(', ')})${near === null ? '' : `; did you mean \`${near}\`?`}`,
    )
  }
  const instances = (typeof written === 'number' ? written : named[main]) ?? DEFAULTS.instances
  if (others.length === 0) return { instances }
  return {
    instances,
    workers: Object.fromEntries(others.map((name) => [name, named[name] ?? DEFAULTS.instances])),
  }
}
