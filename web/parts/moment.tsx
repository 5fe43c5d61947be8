import { useTicking } from '../data/clock.ts'
import { describeDuration } from '../data/durations.ts'
import { describeDistance, describeFully, describeMoment } from '../data/moments.ts'

type Shown = {
  readonly at: number
  /** `distance`: 12 min ago; `length`: 12 min; `moment`: Mon 09:00; `both`: Mon 09:00, in 2 d. */
  readonly as?: 'distance' | 'length' | 'moment' | 'both'
  /** Times in long lists stay out of the way of the Tab key. */
  readonly reachable?: boolean
  readonly side?: 'left' | 'right'
}

/** A moment in words that keep themselves true; the whole of it on hover and focus. */
export function Moment({ at, as = 'distance', reachable = true, side = 'left' }: Shown) {
  const words = useTicking((nowMs) => wordsOf({ at, as, nowMs }))
  return (
    <time
      className="moment"
      dateTime={new Date(at).toISOString()}
      data-absolute={describeFully(at)}
      data-side={side}
      tabIndex={reachable ? 0 : undefined}
    >
      {words}
    </time>
  )
}

function wordsOf({ at, as, nowMs }: { at: number; as: NonNullable<Shown['as']>; nowMs: number }): string {
  switch (as) {
    case 'distance':
      return describeDistance(at, nowMs)
    case 'length':
      return describeDuration(Math.abs(nowMs - at))
    case 'moment':
      return describeMoment(at, nowMs)
    case 'both':
      return `${describeMoment(at, nowMs)}, ${describeDistance(at, nowMs)}`
  }
}
