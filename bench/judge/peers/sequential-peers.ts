// Tests of the difference or the ratio that take requests as independent: the fixed z-test, with one look and with one
// a minute; an experimentation product's sequential interval (GrowthBook-like); the conditional-binomial mixture for
// counts without any care for bursts, boxes and warm-up (Netflix-like).
import { logBeta } from '../../../src/domain/analysis/numbers/log-gamma.ts'
import { logNormalAbove } from '../../../src/domain/analysis/numbers/normal-tail.ts'
import type { Minute, NamedPeer, Peer } from './minutes.ts'

type Sums = { readonly n: number; readonly x: number; readonly m: number; readonly y: number }

/** Asks every so many minutes, of all that was seen since the beginning. */
function asking(everyMinutes: number, isAgainst: (sums: Sums) => boolean): Peer {
  return (_bake, minutes) => {
    let sums: Sums = { n: 0, x: 0, m: 0, y: 0 }
    for (const [at, minute] of minutes.entries()) {
      sums = added(sums, minute)
      if ((at + 1) % everyMinutes === 0 && sums.n > 0 && sums.m > 0 && isAgainst(sums)) return (at + 1) * 60
    }
    return null
  }
}

function added({ n, x, m, y }: Sums, minute: Minute): Sums {
  return {
    n: n + minute.candidate,
    x: x + minute.candidateErrors,
    m: m + minute.baseline,
    y: y + minute.baselineErrors,
  }
}

function zTest(alpha: number): (sums: Sums) => boolean {
  return ({ n, x, m, y }) => {
    const pooled = (x + y) / (n + m)
    const error = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return error > 0 && logNormalAbove((x / n - y / m) / error) < Math.log(alpha)
  }
}

const TUNED_TO = 5_000

/** One-sided, so at twice the level; the tuning is the product's. */
function sequentialInterval(alpha: number): (sums: Sums) => boolean {
  const level = 2 * alpha
  return ({ n, x, m, y }) => {
    const [p, q] = [x / n, y / m]
    const all = n + m
    const variance = all * ((p * (1 - p)) / n + (q * (1 - q)) / m)
    if (variance === 0) return false
    const rho = (variance * TUNED_TO) / (2 * Math.log(1 / level) + Math.log1p(2 * Math.log(1 / level)))
    const seen = variance * all
    const half = Math.sqrt((seen + rho) * Math.log((seen + rho) / (rho * level * level))) / all
    return p - q > half
  }
}

/** Beta mixture around the expected share of all errors, two-sided as published; counted only when it is a rise. */
function countMixture(alpha: number): (sums: Sums) => boolean {
  return ({ n, x, m, y }) => {
    const share = n / (n + m)
    const [a, b] = [10 * share, 10 * (1 - share)]
    const log = logBeta(a + x, b + y) - logBeta(a, b) - x * Math.log(share) - y * Math.log(1 - share)
    return x / n > y / m && log >= Math.log(1 / alpha)
  }
}

export const sequentialPeers: readonly NamedPeer[] = [
  { name: 'z-test at 1 %, one look after 60 min', judge: asking(60, zTest(0.01)) },
  { name: 'z-test at 1 %, every minute', judge: asking(1, zTest(0.01)) },
  { name: 'GrowthBook-like sequential (5 %)', judge: asking(1, sequentialInterval(0.05)) },
  { name: 'Netflix-like count mixture (1 %)', judge: asking(1, countMixture(0.01)) },
]

const LEVELS = [0.01, 1e-3, 1e-4, 1e-6, 1e-9, 1e-14] as const
export const zGrid: readonly NamedPeer[] = LEVELS.map((alpha) => ({
  name: `z every minute at ${alpha}`,
  judge: asking(1, zTest(alpha)),
}))
export const growthGrid: readonly NamedPeer[] = LEVELS.map((alpha) => ({
  name: `GrowthBook-like at ${alpha}`,
  judge: asking(1, sequentialInterval(alpha)),
}))
export const countGrid: readonly NamedPeer[] = LEVELS.map((alpha) => ({
  name: `count mixture at ${alpha}`,
  judge: asking(1, countMixture(alpha)),
}))
