// How big the world of a seed is. Most are small: one short line of stages, short bakes, everybody in a hurry, so that a
// minute holds as much as three of a big one and most of the work is not watching that nothing happens. Some are big,
// because there are faults that only a long history shows.
import type { Random } from './random.ts'

const MINUTE_MS = 60_000

export type Size = {
  readonly name: 'small' | 'middle' | 'big'
  /** For how long things go wrong. */
  readonly chaosMs: readonly [low: number, high: number]
  /** What a bake, an own time, a soak and a watch are drawn from. */
  readonly bakeMs: readonly [low: number, high: number]
  readonly ownMs: readonly number[]
  readonly soakMs: readonly number[]
  readonly watchMs: readonly number[]
  /** Mean times between pushes, acts of people, and chances of an episode. */
  readonly teamMs: readonly number[]
  readonly operatorMs: readonly number[]
  readonly episodeMs: number
  /** A server that died comes back at the latest after this. */
  readonly downMs: number
}

const minutes = (...some: readonly number[]): readonly number[] => some.map((one) => one * MINUTE_MS)

const BIG: Size = {
  name: 'big',
  chaosMs: [40 * MINUTE_MS, 75 * MINUTE_MS],
  bakeMs: [3 * MINUTE_MS, 9 * MINUTE_MS],
  ownMs: minutes(0, 1, 2),
  soakMs: [0, 60_000, 90_000, 180_000],
  watchMs: minutes(0, 2, 4, 8),
  teamMs: minutes(2, 4, 8),
  operatorMs: minutes(1, 2, 5, 13),
  episodeMs: 10 * MINUTE_MS,
  downMs: 8 * MINUTE_MS,
}

const MIDDLE: Size = { ...BIG, name: 'middle', chaosMs: [25 * MINUTE_MS, 40 * MINUTE_MS] }

const SMALL: Size = {
  name: 'small',
  chaosMs: [10 * MINUTE_MS, 22 * MINUTE_MS],
  bakeMs: [1 * MINUTE_MS, 3 * MINUTE_MS],
  ownMs: [0, 20_000, 40_000],
  soakMs: [0, 20_000, 40_000],
  watchMs: minutes(0, 1, 2),
  teamMs: minutes(0.7, 1.3, 2.5),
  operatorMs: minutes(0.4, 0.7, 1.5),
  episodeMs: 4 * MINUTE_MS,
  downMs: 2 * MINUTE_MS,
}

export const SIZES: Readonly<Record<Size['name'], Size>> = { small: SMALL, middle: MIDDLE, big: BIG }

export function drawSize(random: Random): Size {
  const roll = random.next()
  return roll < 0.7 ? SMALL : roll < 0.9 ? MIDDLE : BIG
}
