// A rise in what a stage watches, while a release comes in or bakes: nobody knows whose fault it is, so it is a hold that
// names both, and it ends when the neighbour is well again. One that tells nothing is a hold, too.
import { releaseName } from '../../release-number.ts'
import type { Evidence } from '../evidence.ts'
import type { Judgement, Question } from '../judgement.ts'
import { addLatency, quantileMs, type LatencyCounts } from '../latency-histogram.ts'
import type { Tick } from '../tick.ts'
import type { NeighbourTick } from './neighbour.ts'
import { usualUpTo } from './usual-blocks.ts'

/** So many ticks in a row without a word of it, and nothing can be said. */
const MISSING_TICKS = 3
const FAILED_MIN = 5
/** Twice as often and a percentage point more, as for the release itself; and beyond what chance does. */
const MATTERS_TIMES = 2
const MATTERS_PLUS = 0.01
const CHANCE_SPREADS = 6
const SLOW_TIMES = 2
const SLOW_PLUS_MS = 100
const SLOW_REQUESTS_MIN = 50

/** What was said without the neighbours; a word against the release stands whatever they do. */
export function withNeighbours(said: Judgement, question: Question, evidence: Evidence): Judgement {
  if (said.verdict !== 'none') return said
  return judgeNeighbours(question, evidence) ?? said
}

export function judgeNeighbours(question: Question, evidence: Evidence): Judgement | undefined {
  const { about, watches = [], sinceSeq } = question
  // Long after a release came its neighbours have days of their own.
  if (about === 'watch' || watches.length === 0) return undefined
  const recent = evidence.recent.filter(({ seq, neighbours }) => seq > sinceSeq && neighbours !== undefined)
  for (const name of watches) {
    const reason = troubleOf(name, question, recent, evidence)
    if (reason !== undefined) return { verdict: 'hold', reason }
  }
  return undefined
}

function troubleOf(
  name: string,
  question: Question,
  recent: readonly Tick[],
  { neighbours }: Evidence,
): string | undefined {
  const ticks = recent.map((tick) => tick.neighbours?.find((one) => one.name === name))
  const last = ticks.slice(-MISSING_TICKS)
  const release = releaseName(question.release)
  if (last.length === MISSING_TICKS && last.every((tick) => tick?.seen !== true))
    return `nobody tells how ${name} is, which is watched while ${release} comes in: no router does, or nothing serves there`
  const now = sumOf(ticks.filter((tick) => tick?.seen === true))
  const known = neighbours.find((one) => one.name === name)
  const usual = known ? usualUpTo(known, question.sinceSeq) : { requests: 0, errors: 0, latency: [] }
  return failing(name, release, now, usual) ?? slow(name, release, now, usual)
}

type Sums = { readonly requests: number; readonly errors: number; readonly latency: LatencyCounts }

function failing(name: string, release: string, now: Sums, usual: Sums): string | undefined {
  if (now.errors < FAILED_MIN || now.requests === 0) return undefined
  const rate = now.errors / now.requests
  // What was never seen to fail may do so once in as many requests as were seen.
  const before = usual.requests > 0 ? usual.errors / usual.requests : 0
  const expected = before * now.requests
  if (rate <= Math.max(MATTERS_TIMES * before, before + MATTERS_PLUS)) return undefined
  if (now.errors <= expected + CHANCE_SPREADS * Math.sqrt(expected)) return undefined
  const was = usual.requests > 0 ? `, and ${percent(before)} before it` : ''
  return `${percent(rate)} of the requests to ${name} fail while ${release} comes in${was}`
}

function slow(name: string, release: string, now: Sums, usual: Sums): string | undefined {
  if (now.requests < SLOW_REQUESTS_MIN || usual.requests < SLOW_REQUESTS_MIN) return undefined
  const [ms, before] = [quantileMs(now.latency, 0.95) ?? 0, quantileMs(usual.latency, 0.95) ?? Infinity]
  if (ms <= SLOW_TIMES * before + SLOW_PLUS_MS) return undefined
  return `the slowest 5 % of requests to ${name} take ${Math.round(ms)} ms and more while ${release} comes in, and ${Math.round(before)} ms before it`
}

function sumOf(ticks: readonly (NeighbourTick | undefined)[]): Sums {
  return ticks.reduce<Sums>(
    (sum, tick) => ({
      // A failure may be counted a moment before its request is.
      requests: sum.requests + Math.max(tick?.requests ?? 0, tick?.errors ?? 0),
      errors: sum.errors + (tick?.errors ?? 0),
      latency: addLatency(sum.latency, tick?.latency ?? []),
    }),
    { requests: 0, errors: 0, latency: [] },
  )
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(rate < 0.1 ? 1 : 0)} %`
}
