// What a baseline was seen to do, before a trial and beside it.
import type { Arm } from './arm.ts'
import { withPaces, type BoxPace } from './sequential/latency-boxes.ts'
import { nothingUsual, withUsual, type LatencyUsual } from './sequential/latency-usual.ts'
import { ALL_BOXES, nothingSeen, withBoxes, type BoxCounts, type SpreadSeen } from './sequential/spread.ts'

export type History = {
  readonly requests: number
  readonly errors: number
  readonly lines: number
  readonly latency: LatencyUsual
  readonly errorSpread: SpreadSeen
  readonly lineSpread: SpreadSeen
  /** How quick each of its boxes was. */
  readonly paces: readonly BoxPace[]
}

export const noHistory: History = {
  requests: 0,
  errors: 0,
  lines: 0,
  latency: nothingUsual,
  errorSpread: nothingSeen,
  lineSpread: nothingSeen,
  paces: [],
}

export function remembered(history: History, arm: Arm, spanMs: number): History {
  if (arm.requests === 0) return history
  const { requests, errors, lines } = arm
  return {
    requests: history.requests + requests,
    errors: history.errors + errors,
    lines: history.lines + lines,
    latency: withUsual(history.latency, arm.latency, spanMs),
    errorSpread: withBoxes(history.errorSpread, boxesOf(arm), spanMs),
    lineSpread: withBoxes(history.lineSpread, [{ id: ALL_BOXES, requests, hits: lines }], spanMs),
    paces: withPaces(history.paces, arm.apart),
  }
}

/** Told apart, or all as one; never both within one history of more than one box. */
function boxesOf({ apart, requests, errors }: Arm): readonly BoxCounts[] {
  if (apart.length > 0) return apart.map((box) => ({ id: box.id, requests: box.requests, hits: box.errors }))
  return [{ id: ALL_BOXES, requests, hits: errors }]
}
