import type { MeasuresView } from '../api/measures.ts'
import type { MeasureQuery } from '../domain/analysis/measures/answer.ts'

export interface MeasuresControl {
  /** Dimensions that are measured, or were lately. */
  dimensions(service: string, stage: string): Promise<readonly string[]>
  answer(request: {
    readonly service: string
    readonly stage: string
    readonly query: MeasureQuery
    readonly from: number
    readonly until: number | null
    readonly limit: number
  }): Promise<MeasuresView>
}
