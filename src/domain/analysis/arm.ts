// One side of a comparison within a tick: several releases as one.
import type { ReleaseNumber } from '../names.ts'
import type { ArmTick, Tick } from './tick.ts'

export type Arm = Pick<ArmTick, 'requests' | 'errors' | 'latency'> & {
  readonly lines: number
  readonly boxes: number
  readonly apart: NonNullable<ArmTick['boxes']>
}

/** Several releases as one; null where none of them served or stood ready. */
export function armOf(tick: Tick, releases: readonly ReleaseNumber[]): Arm | null {
  const arms = tick.arms.filter(({ release }) => releases.includes(release))
  const [first, ...others] = arms.map(
    ({ requests, errors, latency, instances, boxes = [] }): Arm => ({
      // A failure may be counted a moment before its request is.
      requests: Math.max(requests, errors),
      errors,
      latency,
      lines: instances.errorLines,
      boxes: instances.ready,
      apart: boxes,
    }),
  )
  if (!first) return null
  return others.reduce<Arm>(
    (sum, arm) => ({
      requests: sum.requests + arm.requests,
      errors: sum.errors + arm.errors,
      latency: [...sum.latency, ...arm.latency],
      lines: sum.lines + arm.lines,
      boxes: sum.boxes + arm.boxes,
      apart: [...sum.apart, ...arm.apart],
    }),
    first,
  )
}
