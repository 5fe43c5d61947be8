// Whether a rule is broken often enough, and stays broken until it is clear.
import type { AlarmDefinition } from './alarm.ts'
import type { Reading } from './readings.ts'

type Limits = Pick<AlarmDefinition, 'rule' | 'clear' | 'ticks' | 'ofTicks'>

/** Reading by reading: broken from where it is beyond the limit until it is on the good side of `clear`. */
export function brokenAt(
  { rule, clear = rule.limit }: Limits,
  readings: readonly Reading[],
): readonly boolean[] {
  const isBeyond = (measure: number, limit: number): boolean =>
    rule.kind === 'below' ? measure < limit : measure > limit
  let isBroken = false
  return readings.map(({ measure }) => {
    isBroken = isBeyond(measure, rule.limit) || (isBroken && isBeyond(measure, clear))
    return isBroken
  })
}

/** In `ticks` of the last `ofTicks` readings. */
export function fires(limits: Limits, readings: readonly Reading[]): boolean {
  return firesAt(limits, brokenAt(limits, readings), readings.length)
}

/** At any of the last few readings: what both arms had is not forgotten because one of them was over it first. */
export function firedLately(limits: Limits, readings: readonly Reading[]): boolean {
  const broken = brokenAt(limits, readings)
  for (let end = broken.length; end > Math.max(0, broken.length - LATELY * limits.ofTicks); end -= 1)
    if (firesAt(limits, broken, end)) return true
  return false
}

const LATELY = 3

function firesAt({ ticks, ofTicks }: Limits, broken: readonly boolean[], end: number): boolean {
  let count = 0
  for (let at = Math.max(0, end - ofTicks); at < end; at += 1) if (broken[at] === true) count += 1
  return count >= ticks
}
