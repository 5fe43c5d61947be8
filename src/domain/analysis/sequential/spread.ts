// What the old version's own boxes say of how errors come: in clumps (retries, bursts) and unevenly from box to box.
// Learned before a trial begins and fixed for it, from what was seen until then.
import { studentAbove } from '../numbers/student-tail.ts'

export type Spread = {
  /** Variance of counts over what independent requests would have; at least 1. */
  readonly clumping: number
  /** How far boxes differ for good: standard deviation of the logarithm of their rate. */
  readonly boxes: number
  /** So many standard deviations prove nothing: more, the fewer boxes `boxes` was learned from. */
  readonly boxTimes: number
}

/** Nothing is known: some retries, boxes much alike. */
export const GUESSED_SPREAD: Spread = { clumping: 2, boxes: 0.1, boxTimes: 1.64 }
/** How often a box may differ by more than the margin; what is beyond must then still be shown by its requests. */
export const BOX_CHANCE = 0.02
export const BOXES_MIN = 3
export const CLUMPING_MAX = 30
const BOXES_MAX = 1.5
const MINUTE_MS = 60_000
/** Hits a window must have to say something of their scatter. */
const HITS_MIN = 5
const FREEDOM_MIN = 20

/** The name of all boxes together, where they are not told apart. */
export const ALL_BOXES = 'all'

export type BoxCounts = { readonly id: string; readonly requests: number; readonly hits: number }

export type SpreadSeen = {
  readonly windowMs: number
  readonly window: readonly BoxCounts[]
  readonly totals: readonly BoxCounts[]
  /** Of arms whose boxes are not told apart: all windows so far, to compare the next with. */
  readonly chi: number
  readonly freedom: number
}

export const nothingSeen: SpreadSeen = { windowMs: 0, window: [], totals: [], chi: 0, freedom: 0 }

/** More than so many boxes are not kept apart; the first ones speak for all. */
const BOXES_KEPT = 32

/** One box, where boxes are not told apart: then windows are compared with each other, and common bursts count too. */
export function withBoxes(seen: SpreadSeen, boxes: readonly BoxCounts[], spanMs: number): SpreadSeen {
  const window = addBoxes(seen.window, boxes)
  const windowMs = seen.windowMs + spanMs
  if (windowMs < MINUTE_MS) return { ...seen, window, windowMs }
  const { chi, freedom } = window.length > 1 ? acrossBoxes(window) : overTime(window, seen.totals)
  return {
    windowMs: 0,
    window: [],
    totals: addBoxes(seen.totals, window),
    chi: seen.chi + chi,
    freedom: seen.freedom + freedom,
  }
}

function addBoxes(left: readonly BoxCounts[], right: readonly BoxCounts[]): readonly BoxCounts[] {
  const sums = new Map(left.map((box) => [box.id, box]))
  for (const { id, requests, hits } of right) {
    const known = sums.get(id)
    if (known) sums.set(id, { id, requests: known.requests + requests, hits: known.hits + hits })
    else if (sums.size < BOXES_KEPT) sums.set(id, { id, requests, hits })
  }
  return [...sums.values()]
}

/** What happened to all at once cancels: each box is compared with its share of what all had. */
function acrossBoxes(window: readonly BoxCounts[]): { readonly chi: number; readonly freedom: number } {
  const served = window.filter(({ requests }) => requests > 0)
  const requests = sum(served.map((box) => box.requests))
  const hits = sum(served.map((box) => box.hits))
  if (hits < HITS_MIN || served.length < 2) return { chi: 0, freedom: 0 }
  const chi = served.map(
    (box) => (box.hits - (hits * box.requests) / requests) ** 2 / ((hits * box.requests) / requests),
  )
  return { chi: sum(chi), freedom: served.length - 1 }
}

function overTime(
  window: readonly BoxCounts[],
  before: readonly BoxCounts[],
): { readonly chi: number; readonly freedom: number } {
  const requests = sum(before.map((box) => box.requests))
  const hits = sum(before.map((box) => box.hits))
  const now = window[0]
  if (!now || requests === 0 || hits < HITS_MIN) return { chi: 0, freedom: 0 }
  const expected = (now.requests * hits) / requests
  if (expected < 1) return { chi: 0, freedom: 0 }
  // The comparison's own uncertainty is part of the scatter.
  return { chi: (now.hits - expected) ** 2 / (expected * (1 + now.requests / requests)), freedom: 1 }
}

export function spreadOf(seen: SpreadSeen): Spread {
  const clumping = clumpingOf(seen)
  // What was counted before boxes were told apart is none of them.
  const served = seen.totals.filter(({ id, requests }) => requests > 0 && id !== ALL_BOXES)
  if (served.length < BOXES_MIN) return { ...GUESSED_SPREAD, clumping }
  const { chi, freedom } = acrossBoxes(served)
  if (freedom === 0) return { ...GUESSED_SPREAD, clumping }
  const perBox = sum(served.map(({ hits }) => hits)) / served.length
  const excess = (chi / freedom - clumping) / perBox
  // Log-normal boxes: the rates' squared coefficient of variation is exp(σ²) − 1.
  const boxes = Math.min(BOXES_MAX, Math.sqrt(Math.log1p(Math.max(0, excess))))
  return { clumping, boxes, boxTimes: boxes > 0 ? studentAbove(BOX_CHANCE, served.length - 1) : 0 }
}

function clumpingOf({ chi, freedom }: SpreadSeen): number {
  if (freedom < FREEDOM_MIN) return GUESSED_SPREAD.clumping
  const mean = chi / freedom
  const noise = Math.sqrt(2 / freedom)
  if (mean <= 1 + 2 * noise) return 1
  return Math.min(CLUMPING_MAX, mean * (1 + noise))
}

/** How many times the tolerated rate a box may differ by only being another box. */
export function boxMargin(
  { boxes, boxTimes }: Spread,
  counts: { readonly candidate: number; readonly baseline: number },
): number {
  if (boxes === 0) return 1
  return Math.exp(
    boxTimes * boxes * Math.sqrt(1 / Math.max(1, counts.candidate) + 1 / Math.max(1, counts.baseline)),
  )
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
