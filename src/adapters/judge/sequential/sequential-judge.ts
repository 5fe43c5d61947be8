import { judgeSequentially } from '../../../domain/analysis/judge-sequentially.ts'
import type { Judge } from '../../../ports/judge.ts'

/** The judge that may be looked at every second (docs/concepts/judge.md). */
export function createSequentialJudge(): Judge {
  return { asksForTrials: true, judge: judgeSequentially }
}
