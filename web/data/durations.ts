const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A length of time, rounded down to what still matters: `40 s`, `12 min`, `3 h 20 min`, `14 h`, `1 d 6 h`. */
export function describeDuration(ms: number): string {
  const length = Math.max(0, ms)
  if (length < minuteMs) return `${Math.floor(length / secondMs)} s`
  if (length < hourMs) return `${Math.floor(length / minuteMs)} min`
  if (length < 10 * hourMs)
    return twoWords(length, { bigMs: hourMs, big: 'h', smallMs: minuteMs, small: 'min' })
  if (length < dayMs) return `${Math.floor(length / hourMs)} h`
  if (length < 3 * dayMs) return twoWords(length, { bigMs: dayMs, big: 'd', smallMs: hourMs, small: 'h' })
  return `${Math.floor(length / dayMs)} d`
}

/** The same with seconds below an hour, for what a person watches while it runs: `4 min 10 s`. */
export function describeExactDuration(ms: number): string {
  const length = Math.max(0, ms)
  if (length < minuteMs || length >= hourMs) return describeDuration(length)
  return twoWords(length, { bigMs: minuteMs, big: 'min', smallMs: secondMs, small: 's' })
}

type Units = {
  readonly bigMs: number
  readonly big: string
  readonly smallMs: number
  readonly small: string
}

function twoWords(ms: number, units: Units): string {
  const big = Math.floor(ms / units.bigMs)
  const small = Math.floor((ms - big * units.bigMs) / units.smallMs)
  return small === 0 ? `${big} ${units.big}` : `${big} ${units.big} ${small} ${units.small}`
}
