// What processes without a port were seen to do, added up.
import type { WorkerTick } from './tick.ts'

export type WorkerSum = {
  readonly process: string
  /** Time in which instances were ready, each for itself: two for a second are two seconds. */
  readonly readyMs: number
  readonly restarts: number
  readonly errorLines: number
  readonly done: number
  readonly failed: number
}

export function sumOfWorker(
  { process, ready, restarts, errorLines, jobs }: WorkerTick,
  spanMs: number,
): WorkerSum {
  const { done, failed } = jobs ?? { done: 0, failed: 0 }
  return { process, readyMs: ready * spanMs, restarts, errorLines, done, failed }
}

/** Process by process; nothing where neither has any. */
export function addedWorkers(
  left: readonly WorkerSum[] | undefined,
  right: readonly WorkerSum[] | undefined,
): { readonly workers?: readonly WorkerSum[] } {
  if (left === undefined && right === undefined) return {}
  const sums = new Map<string, WorkerSum>()
  for (const worker of [...(left ?? []), ...(right ?? [])]) {
    const known = sums.get(worker.process)
    sums.set(worker.process, known ? added(known, worker) : worker)
  }
  return { workers: [...sums.values()] }
}

function added(left: WorkerSum, right: WorkerSum): WorkerSum {
  return {
    process: left.process,
    readyMs: left.readyMs + right.readyMs,
    restarts: left.restarts + right.restarts,
    errorLines: left.errorLines + right.errorLines,
    done: left.done + right.done,
    failed: left.failed + right.failed,
  }
}
