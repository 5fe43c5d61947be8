// Whether a release takes more and more: what its instances take at each age, less what those of the release before it
// took at the same age. Warming up cancels; what is left may scatter, and must not rise.
import type { ReleaseNumber } from '../../names.ts'
import { releaseName } from '../../release-number.ts'
import type { Question } from '../judgement.ts'
import { logSlopeEvidence } from '../sequential/slope-bet.ts'
import { BLOCK_MS, GAUGES, type Gauge, type Growth } from './growth.ts'

/** Twice as much within a day is tolerated; so is one more in two hours of what is counted. */
const BLOCKS_TO_DOUBLE = 86_400_000 / BLOCK_MS
const TOLERATED_LEAST: Readonly<Record<Gauge, number>> = { memoryBytes: 20_000, threads: 1 / 60, fds: 1 / 60 }
/** Twelve minutes. */
const BLOCKS_MIN = 6
/** What is left of noise may hang together by so much at the most that is believed. */
const CORRELATION_MAX = 0.95
/** Each quarter of a steady rise rises by a good part of an even share. */
const STEADY_SHARE = 1 / 8
const EXPONENT_MAX = 200
const HOURS_A_BLOCK = BLOCK_MS / 3_600_000

export type LeakEvidence = { readonly evidence: number; readonly said: string }

/** One where nothing can be said: no release before it, or none whose beginning was seen. */
export function leakEvidence(
  { release, carriers, baseline }: Question,
  grown: readonly Growth[],
): LeakEvidence {
  const nothing = { evidence: 1, said: `nothing is known of how ${releaseName(release)} grows` }
  if (baseline === null || carriers.length !== 1) return nothing
  const [mine, theirs] = [release, baseline].map((one) => grown.find((known) => known.release === one))
  if (!mine || !theirs) return nothing
  return known(mine, theirs, { release, baseline }) ?? nothing
}

type Names = { readonly release: ReleaseNumber; readonly baseline: ReleaseNumber }
type Kept = { readonly beside: Growth['ready']; readonly found: LeakEvidence | undefined }

/** Asked with every tick, and new every two minutes only. */
const kept = new WeakMap<Growth['ready'], Kept>()

function known(mine: Growth, theirs: Growth, names: Names): LeakEvidence | undefined {
  const before = kept.get(mine.ready)
  if (before?.beside === theirs.ready) return before.found
  const found = find(mine, theirs, names)
  kept.set(mine.ready, { beside: theirs.ready, found })
  return found
}

function find(mine: Growth, theirs: Growth, names: Names): LeakEvidence | undefined {
  const ages = sharedAges(mine.ready, theirs.ready)
  if (ages.length < BLOCKS_MIN) return undefined
  const each = GAUGES.map((gauge, index) => {
    const [own, other] = [mine.least[index] ?? [], theirs.least[index] ?? []]
    const row = ages.map((age) => (own[age] ?? 0) - (other[age] ?? 0))
    const tolerated = Math.max(TOLERATED_LEAST[gauge], (other[0] ?? 0) / BLOCKS_TO_DOUBLE)
    return { gauge, row, evidence: Math.exp(Math.min(EXPONENT_MAX, logLeakEvidence(row, tolerated))) }
  })
  const worst = each.reduce((most, one) => (one.evidence > most.evidence ? one : most))
  const sum = each.reduce((all, { evidence }) => all + evidence, 0)
  return { evidence: sum / each.length, said: saidOf(worst.gauge, worst.row, names) }
}

/** The last ages at which as many instances stood on both sides. */
function sharedAges(mine: readonly number[], theirs: readonly number[]): readonly number[] {
  const ages: number[] = []
  for (let age = Math.min(mine.length, theirs.length) - 1; age >= 0; age -= 1) {
    if (mine[age] !== theirs[age]) break
    ages.unshift(age)
  }
  return ages
}

/**
 * Never more than the bet on a rise, so that it stays one: less where the noise hangs together, and nothing where the
 * rise is a step or two, or ends.
 */
export function logLeakEvidence(row: readonly number[], tolerated: number): number {
  const bet = logSlopeEvidence(row, tolerated)
  if (bet <= 0) return bet
  if (!isSteady(row.map((value, at) => value - tolerated * at))) return 0
  const together = correlationOf(row)
  return (bet * (1 - together)) / (1 + together)
}

function isSteady(row: readonly number[]): boolean {
  const length = Math.floor(row.length / 4)
  if (length === 0) return false
  const quarters = [4, 3, 2, 1].map((left) => {
    const from = row.length - left * length
    return medianOf(row.slice(from, from + length))
  })
  const rise = (quarters[3] ?? 0) - (quarters[0] ?? 0)
  return (
    rise > 0 && quarters.slice(1).every((quarter, at) => quarter - (quarters[at] ?? 0) >= STEADY_SHARE * rise)
  )
}

/** How much one value's distance from the line says of the next one's. */
function correlationOf(row: readonly number[]): number {
  const { slope, mean, middle } = lineOf(row)
  const away = row.map((value, at) => value - mean - slope * (at - middle))
  const squares = away.reduce((sum, one) => sum + one * one, 0)
  if (squares <= 0) return 0
  const products = away.reduce((sum, one, at) => sum + one * (away[at - 1] ?? 0), 0)
  // In a short row it comes out too low.
  return Math.min(CORRELATION_MAX, Math.max(0, products / squares + 2 / row.length))
}

function lineOf(row: readonly number[]): {
  readonly slope: number
  readonly mean: number
  readonly middle: number
} {
  const middle = (row.length - 1) / 2
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length
  const across = row.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  const along = row.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0)
  return { slope: across > 0 ? along / across : 0, mean, middle }
}

const WORDS: Readonly<Record<Gauge, string>> = {
  memoryBytes: 'memory',
  threads: 'threads',
  fds: 'open files and sockets',
}

function saidOf(gauge: Gauge, row: readonly number[], { release, baseline }: Names): string {
  const perHour = lineOf(row).slope / HOURS_A_BLOCK
  const amount =
    gauge === 'memoryBytes' ? `${(perHour / 1e6).toFixed(1)} MB` : Number(perHour.toPrecision(2)).toString()
  const minutes = Math.round((row.length * BLOCK_MS) / 60_000)
  return `an instance of ${releaseName(release)} takes ${amount} more ${WORDS[gauge]} an hour than one of ${releaseName(baseline)} did at the same age, over ${minutes} minutes`
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}
