import { judgeByThresholds } from '../../../domain/analysis/judge-by-thresholds.ts'
import type { Judge } from '../../../ports/judge.ts'

/** The simple, safe judge: fixed thresholds (behaviour section 6). */
export function createThresholdJudge(): Judge {
  return { judge: judgeByThresholds }
}
