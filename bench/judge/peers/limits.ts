// Judges that compare the candidate alone with a fixed limit, some so often failed: Argo Rollouts, Flagger, CodeDeploy
// with an alarm.
import type { Minute, NamedPeer, Peer } from './minutes.ts'

type Limits = {
  /** Highest share of failed requests that is fine. */
  readonly rate: number
  readonly everyMinutes: number
  /** The measurement that stops it: this many that failed, in all or in a row. */
  readonly failures: number
  readonly inARow: boolean
  /** Whether a measurement without values is a failed one. */
  readonly isEmptyFailed: boolean
}

function judgeBy({ rate, everyMinutes, failures, inARow, isEmptyFailed }: Limits): Peer {
  return (_bake, minutes) => {
    let failed = 0
    for (let until = everyMinutes; until <= minutes.length; until += everyMinutes) {
      const { requests, errors } = sumOf(minutes.slice(until - everyMinutes, until))
      const isFailed = requests === 0 ? isEmptyFailed : errors / requests > rate
      failed = isFailed ? failed + 1 : inARow ? 0 : failed
      if (failed >= failures) return until * 60
    }
    return null
  }
}

function sumOf(minutes: readonly Minute[]): { readonly requests: number; readonly errors: number } {
  return minutes.reduce(
    (sum, { candidate, candidateErrors }) => ({
      requests: sum.requests + candidate,
      errors: sum.errors + candidateErrors,
    }),
    { requests: 0, errors: 0 },
  )
}

const argo = (rate: number, everyMinutes: number, limit: number): Peer =>
  judgeBy({ rate, everyMinutes, failures: limit + 1, inARow: false, isEmptyFailed: false })
const flagger = (rate: number, threshold: number): Peer =>
  judgeBy({ rate, everyMinutes: 1, failures: threshold, inARow: false, isEmptyFailed: true })
const alarm = (rate: number, minutes: number): Peer =>
  judgeBy({ rate, everyMinutes: 1, failures: minutes, inARow: true, isEmptyFailed: false })

export const limitPeers: readonly NamedPeer[] = [
  { name: 'Argo, documented (95 %, 5 min, limit 3)', judge: argo(0.05, 5, 3) },
  { name: 'Argo, tuned by hand (99 %, 1 min, limit 3)', judge: argo(0.01, 1, 3) },
  { name: 'Flagger, documented (99 %, threshold 10)', judge: flagger(0.01, 10) },
  { name: 'Flagger, code default (99 %, threshold 1)', judge: flagger(0.01, 1) },
  { name: 'CodeDeploy with an alarm (1 %, 3 of 3 min)', judge: alarm(0.01, 3) },
]

const RATES = [0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1] as const

export const argoGrid: readonly NamedPeer[] = RATES.flatMap((rate) =>
  [1, 5].flatMap((every) =>
    [0, 3, 5, 10, 20].map((limit) => ({
      name: `Argo ${100 * (1 - rate)} %, ${every} min, limit ${limit}`,
      judge: argo(rate, every, limit),
    })),
  ),
)
export const flaggerGrid: readonly NamedPeer[] = RATES.flatMap((rate) =>
  [1, 3, 5, 10, 20, 40].map((threshold) => ({
    name: `Flagger ${100 * (1 - rate)} %, threshold ${threshold}`,
    judge: flagger(rate, threshold),
  })),
)
export const alarmGrid: readonly NamedPeer[] = RATES.flatMap((rate) =>
  [1, 3, 5, 10, 20].map((minutes) => ({
    name: `alarm over ${100 * rate} %, ${minutes} min`,
    judge: alarm(rate, minutes),
  })),
)
