// Measures of a program that behaves: the real answers, from parts that are held in memory.
import type { Dimension, MeasuredArm } from '../../src/domain/analysis/measures/measured.ts'
import { initialService } from '../../src/domain/service/state.ts'
import { createMeasuresControl } from '../../src/main/measures-control.ts'
import type { MeasuresControl } from '../../src/server/measures-control.ts'

export type MemoryMeasures = MeasuresControl & { arms: MeasuredArm[] }

const DIMENSIONS: readonly Dimension[] = [
  { name: 'customer', attribute: { from: 'customer' } },
  { name: 'plan', attribute: { from: 'lookup', table: 'customers', column: 'plan' } },
]

export function memoryMeasures(): MemoryMeasures {
  const control: MemoryMeasures = {
    arms: [],
    ...createMeasuresControl({
      coordinator: { state: () => initialService },
      store: {
        dimensions: async () => DIMENSIONS.map(({ name }) => name),
        async *read() {
          yield control.arms.map((arm) => ({ from: 0, spanMs: 1_000, arm }))
        },
      },
      clock: { now: () => Date.now() },
    }),
  }
  return control
}
