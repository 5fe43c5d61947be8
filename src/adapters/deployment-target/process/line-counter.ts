// Counts what the lines of an instance's output tell, while they arrive in pieces.
import type { JobLines } from '../../../domain/pipeline/definition.ts'
import { isErrorLine } from './error-lines.ts'

export type LineCounts = { readonly errors: number; readonly jobsDone: number; readonly jobsFailed: number }

const lineLengthMax = 64 * 1024

/** A line is counted once its end has been seen; one that tells of a failed job is not one of a job done. */
export function createLineCounter(jobs?: JobLines): {
  add(piece: string): void
  readonly counts: LineCounts
} {
  const counts = { errors: 0, jobsDone: 0, jobsFailed: 0 }
  let rest = ''
  const count = (line: string): void => {
    if (isErrorLine(line)) counts.errors += 1
    if (jobs === undefined) return
    if (jobs.failed.some((text) => line.includes(text))) counts.jobsFailed += 1
    else if (jobs.done.some((text) => line.includes(text))) counts.jobsDone += 1
  }
  return {
    add: (piece) => {
      const lines = (rest + piece).split('\n')
      rest = (lines.pop() ?? '').slice(0, lineLengthMax)
      for (const line of lines) count(line)
    },
    get counts() {
      return { ...counts }
    },
  }
}
