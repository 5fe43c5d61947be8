import type { Evidence } from '../domain/analysis/evidence.ts'
import type { Judgement, Question } from '../domain/analysis/judgement.ts'

/** Says what the evidence means. Pure: the same question and evidence give the same judgement to the bit. */
export interface Judge {
  /** Whether it reads trials, which are folded tick by tick for each question; without, none are kept. */
  readonly asksForTrials?: boolean
  judge(question: Question, evidence: Evidence): Judgement
}
