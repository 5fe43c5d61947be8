// The words of a rollout, and what they come to as steps.
import type { RolloutStep } from '../../domain/pipeline/definition.ts'
import { writeDuration } from './duration.ts'

export const ROLLOUT_WORDS = [
  'one-box',
  '10%-at-a-time',
  'blue-green',
  'rolling',
  'replace',
  'all-at-once',
] as const

/** One written step; `soakMs: null` leaves the soak to the default. */
export type WrittenStep = {
  readonly step: string
  readonly soakMs: number | null
  readonly confirm?: boolean | undefined
}

export type RolloutReading =
  | { readonly ok: true; readonly steps: readonly RolloutStep[] }
  /** `index` is the written step that is wrong. */
  | { readonly ok: false; readonly index: number; readonly message: string }

const ONE_BOX_SOAK_MS = 600_000
const STEP_SOAK_MS = 120_000
const ONE_BOX_PERCENT_MAX = 10

/** Whether the text is one of the words or a whole percent from 1 to 100. */
export function isRolloutWord(text: string): boolean {
  return ROLLOUT_WORDS.some((word) => word === text) || percentOf(text) !== null
}

/** `25%` as 25; null for anything but a whole percent from 1 to 100. */
function percentOf(text: string): number | null {
  const match = /^(\d{1,3})%$/.exec(text)
  const percent = Number(match?.[1] ?? 0)
  return percent >= 1 && percent <= 100 ? percent : null
}

/** One box's share of the traffic: 1/instances, a whole percent, at most 10 % and at least 1 %. */
export function oneBoxPercent(instances: number): number {
  return Math.max(1, Math.min(ONE_BOX_PERCENT_MAX, Math.floor(100 / instances)))
}

/**
 * Turns written steps into steps that grow and end at 100 %. A word that stands for several steps leaves out those
 * already reached (`one-box, 10%-at-a-time` does not stop twice at 10 %); a percent written out must grow.
 */
export function expandRollout(written: readonly WrittenStep[], instances: number): RolloutReading {
  const steps: RolloutStep[] = []
  for (const [index, { step, soakMs, confirm }] of written.entries()) {
    const asks = confirm ? ({ confirm: true } as const) : {}
    const reached = steps.at(-1)?.percent ?? 0
    if (reached === 100)
      return wrong(index, `\`${step}\` comes after 100%, so it would never be reached; take it out`)
    if (step === 'replace') {
      if (written.length > 1)
        return wrong(index, '`replace` stops the old instances first, so it must be the only step')
      return { ok: true, steps: [{ kind: 'replace', percent: 100, soakMs: soakMs ?? 0, ...asks }] }
    }
    const fresh = stepsOf(step, instances).filter((candidate) => candidate.percent > reached)
    if (fresh.length === 0) return wrong(index, notGrowing(step, instances, reached))
    const isAlone = step === 'all-at-once' && written.length === 1
    for (const candidate of fresh) {
      steps.push({ ...candidate, soakMs: soakMs ?? (isAlone ? 0 : candidate.soakMs), ...asks })
    }
  }
  return { ok: true, steps: reachAll(steps) }
}

function wrong(index: number, message: string): RolloutReading {
  return { ok: false, index, message }
}

function notGrowing(step: string, instances: number, reached: number): string {
  const share = step === 'one-box' ? ` (${oneBoxPercent(instances)}% with ${instances} instances)` : ''
  return `\`${step}\`${share} does not go beyond the ${reached}% before it; steps must grow`
}

/** The candidate never stays at a part: a rollout that was written up to 50 % goes on to all. */
function reachAll(steps: readonly RolloutStep[]): readonly RolloutStep[] {
  const last = steps.at(-1)
  if (last === undefined) return [{ kind: 'all', percent: 100, soakMs: 0 }]
  if (last.percent === 100) return steps
  // Somebody who wrote shorter soaks does not want to wait longer at the end.
  return [...steps, { kind: 'all', percent: 100, soakMs: Math.min(STEP_SOAK_MS, last.soakMs) }]
}

/** What one word stands for by itself, with default soaks. Words are known to be good here. */
function stepsOf(step: string, instances: number): readonly RolloutStep[] {
  switch (step) {
    case 'one-box':
      return [{ kind: 'one-box', percent: oneBoxPercent(instances), soakMs: ONE_BOX_SOAK_MS }]
    case '10%-at-a-time':
      return [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(share)
    case 'rolling':
      return rollingPercents(instances).map(share)
    case 'blue-green':
    case 'all-at-once':
      return [share(100)]
    default:
      return [share(percentOf(step) ?? 100)]
  }
}

function share(percent: number): RolloutStep {
  return { kind: percent === 100 ? 'all' : 'share', percent, soakMs: STEP_SOAK_MS }
}

/** Instance by instance; with more than 100 of them, percent by percent. */
function rollingPercents(instances: number): readonly number[] {
  const percents = Array.from({ length: instances }, (_, index) =>
    Math.floor(((index + 1) * 100) / instances),
  )
  return [...new Set(percents)].filter((percent) => percent > 0)
}

/** How long a rollout takes when every step goes well: the sum of its soaks, in milliseconds. */
export function rolloutMs(steps: readonly RolloutStep[]): number {
  return steps.reduce((sum, step) => sum + step.soakMs, 0)
}

/** For people: `one-box 10% 10m, 25% 2m, all 2m`. */
export function describeRollout(steps: readonly RolloutStep[]): string {
  return steps
    .map((step) => {
      const share =
        step.kind === 'share'
          ? `${step.percent}%`
          : step.kind === 'one-box'
            ? `one-box ${step.percent}%`
            : step.kind
      return `${share} ${writeDuration(step.soakMs)}`
    })
    .join(', ')
}
