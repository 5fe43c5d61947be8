// Answers what was measured from its store, part by part.
import type { Coordinator } from '../coordinator/coordinator.ts'
import { MeasureAnswer } from '../domain/analysis/measures/answer.ts'
import { VALUES_KEPT } from '../domain/analysis/measures/measured.ts'
import type { Clock } from '../ports/clock.ts'
import { MEASURES_KEPT_MS, type MeasureStore } from '../ports/measure-store.ts'
import type { MeasuresControl } from '../server/measures-control.ts'
import { measuredRowView } from '../views/measures-view.ts'

export type MeasuresParts = {
  readonly coordinator: Pick<Coordinator, 'state'>
  readonly store: Pick<MeasureStore, 'read' | 'dimensions'>
  readonly clock: Pick<Clock, 'now'>
}

export function createMeasuresControl({ coordinator, store, clock }: MeasuresParts): MeasuresControl {
  const dimensions: MeasuresControl['dimensions'] = async (service, stage) => {
    const asked = coordinator.state(service).definition?.run.measureBy ?? []
    const kept = await store.dimensions({ service, stage })
    return [...new Set([...asked.map(({ name }) => name), ...kept])].toSorted()
  }
  return {
    dimensions,
    answer: async ({ service, stage, query, from: asked, until: end, limit }) => {
      const now = clock.now()
      const until = Math.min(end ?? now, now)
      const from = Math.max(asked, now - MEASURES_KEPT_MS)
      const answer = new MeasureAnswer(query)
      const search = { from, until, dimension: answer.dimension, value: query.only?.value }
      for await (const parts of store.read({ service, stage }, search))
        for (const { arm } of parts) answer.add(arm)
      const rows = answer.rows()
      // What is not told apart is always told.
      const shown = rows.filter((row, at) => at < limit || row.value === null)
      return {
        service,
        stage,
        from,
        until,
        by: [
          ...(query.byRelease ? ['release'] : []),
          ...(query.byTrack ? ['track'] : []),
          ...(query.byDimension === null ? [] : [query.byDimension]),
        ],
        dimensions: [...(await dimensions(service, stage))],
        rows: shown.map(measuredRowView),
        rowsLeftOut: rows.length - shown.length,
        valuesKept: VALUES_KEPT,
      }
    },
  }
}
