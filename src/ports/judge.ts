import type { Evidence } from '../domain/analysis/evidence.ts'
import type { Judgement, Question } from '../domain/analysis/judgement.ts'

/** Says what the evidence means. Pure: the same question and evidence give the same judgement to the bit. */
export interface Judge {
  judge(question: Question, evidence: Evidence): Judgement
}
