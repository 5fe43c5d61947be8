// How many releases were tried in a stage lately, how many of them were stopped, and which of those stops people took
// back: what the budget of false stops is worked out from, and what it came to (behaviour section 6).
import { ALPHA_MAX, alphaOf, budgetInWords, FORTNIGHT_MS } from '../analysis/sequential/error-budget.ts'
import type { EpochMs } from '../names.ts'
import type { ServiceEvent } from './event.ts'
import type { StageState } from './state.ts'

const DAY_MS = 24 * 3_600_000

export type StopBudget = {
  /** When the first release was tried here. */
  readonly since: EpochMs
  /** Of the last fortnight, oldest first; days on which nothing happened are left out. */
  readonly days: readonly BudgetDay[]
  /** Chance of a false stop that the newest trial may take, and that of what is live; each fixed when it began. */
  readonly newest: number
  readonly live: number
}

export type BudgetDay = {
  /** Days since 1970, in UTC. */
  readonly day: number
  readonly trials: number
  readonly stops: number
  readonly takenBack: number
}

type Counted = Partial<Omit<BudgetDay, 'day'>>

/** The stage after an event, with what the event counts for. */
export function withBudget(before: StageState, after: StageState, event: ServiceEvent): StageState {
  switch (event.type) {
    case 'rollout-started': {
      if (event.direction === 'back' || event.lane === 'probe') return after
      const known = before.budget ?? { since: event.at, days: [], newest: ALPHA_MAX, live: ALPHA_MAX }
      const newest = alphaOf({
        count: sumOfDays(known.days, event.at).trials,
        // What was tried before the fortnight is not counted, nor is its time.
        overMs: Math.min(FORTNIGHT_MS, event.at - known.since),
      })
      return { ...after, budget: counted({ ...known, newest }, event.at, { trials: 1 }) }
    }
    case 'rollout-completed': {
      const { budget } = after
      const isForward = before.rollout?.direction === 'forward'
      return budget && isForward ? { ...after, budget: { ...budget, live: budget.newest } } : after
    }
    case 'verdict-against':
      return counts(after, event.at, { stops: 1 })
    case 'release-accepted': {
      const isTakenBack = (before.marks[event.release]?.against ?? null) !== null
      return isTakenBack ? counts(after, event.at, { takenBack: 1 }) : after
    }
    default:
      return after
  }
}

/** A person said that what was stopped is well. */
export function countTakenBack(stage: StageState, at: EpochMs): StageState {
  return counts(stage, at, { takenBack: 1 })
}

function counts(stage: StageState, at: EpochMs, what: Counted): StageState {
  return stage.budget ? { ...stage, budget: counted(stage.budget, at, what) } : stage
}

function counted(budget: StopBudget, at: EpochMs, what: Counted): StopBudget {
  const day = Math.floor(at / DAY_MS)
  const recent = daysOf(budget.days, at)
  const last = recent.at(-1)
  // A clock that was set back counts for the day that was reached.
  const isNew = last === undefined || last.day < day
  const today = isNew ? { day, trials: 0, stops: 0, takenBack: 0 } : last
  const next: BudgetDay = {
    day: today.day,
    trials: today.trials + (what.trials ?? 0),
    stops: today.stops + (what.stops ?? 0),
    takenBack: today.takenBack + (what.takenBack ?? 0),
  }
  return { ...budget, days: [...(isNew ? recent : recent.slice(0, -1)), next] }
}

function daysOf(days: readonly BudgetDay[], now: EpochMs): readonly BudgetDay[] {
  const from = Math.floor((now - FORTNIGHT_MS) / DAY_MS) + 1
  return days.filter(({ day }) => day >= from)
}

function sumOfDays(days: readonly BudgetDay[], now: EpochMs): Required<Counted> {
  return daysOf(days, now).reduce(
    (sum, { trials, stops, takenBack }) => ({
      trials: sum.trials + trials,
      stops: sum.stops + stops,
      takenBack: sum.takenBack + takenBack,
    }),
    { trials: 0, stops: 0, takenBack: 0 },
  )
}

export type BudgetTold = Required<Counted> & { readonly alpha: number; readonly text: string }

/** What a stage may take, and what it came to in the last fortnight; undefined before anything was tried. */
export function budgetTold({ budget }: StageState, now: EpochMs): BudgetTold | undefined {
  if (!budget) return undefined
  const sums = sumOfDays(budget.days, now)
  const alpha = budget.newest
  const { trials, stops, takenBack } = sums
  const came =
    stops === 0
      ? `of the ${trials === 1 ? 'one' : trials} tried in the last fortnight none was stopped`
      : `of ${trials} tried in the last fortnight ${stops === 1 ? 'one was' : `${stops} were`} stopped${takenBack === 0 ? '' : `, and people took ${takenBack === stops ? (stops === 1 ? 'it' : 'all of them') : takenBack} back`}`
  const text =
    trials === 0 ? budgetInWords(alpha, 0).split(';')[0]! : `${budgetInWords(alpha, trials)}; ${came}`
  return { ...sums, alpha, text }
}
