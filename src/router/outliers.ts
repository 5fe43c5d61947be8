// Lets an instance rest that answers, but fails far more often than the others of the very same release. Where all of
// them fail it is the release that is bad: that is the judge's to say, and nobody rests.
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Upstream } from './upstream.ts'

export type Resting = {
  readonly clock: Pick<Clock, 'sleep' | 'monotonicMs'>
  readonly log: Log
  readonly signal: AbortSignal
}

const WINDOW_MS = 10_000
const FAULTS_MIN = 5
const FAULTY_SHARE_MIN = 0.5
/** The others together must have answered as much, and fail this many times less often. */
const TIMES_WORSE_MIN = 4
/** No more of a release than this share rests at once; an only instance never does. */
const RESTING_SHARE_MAX = 0.5
const REST_MS = 10_000
const REST_MS_MAX = 60_000

export class AnswerWindow {
  answers = 0
  faults = 0
  /** How often in a row it had to rest. */
  rests = 0
  #endsMs = -Infinity

  /** One more answer; true when it is a fault and there is reason to look closer. */
  count(status: number, nowMs: number): boolean {
    this.turn(nowMs)
    this.answers += 1
    if (status < 500) return false
    this.faults += 1
    return this.faults >= FAULTS_MIN && this.share >= FAULTY_SHARE_MIN
  }

  turn(nowMs: number): void {
    if (nowMs < this.#endsMs) return
    if (this.answers >= FAULTS_MIN && this.share < FAULTY_SHARE_MIN) this.rests = 0
    this.answers = 0
    this.faults = 0
    this.#endsMs = nowMs + WINDOW_MS
  }

  get share(): number {
    return this.answers === 0 ? 0 : this.faults / this.answers
  }
}

/** Asked when an instance looks bad; `all` are those of its release. */
export function restIfOutlier(
  upstream: Upstream,
  all: readonly Upstream[],
  nowMs: number,
  { clock, log, signal }: Resting,
): void {
  if (upstream.isResting || all.filter((one) => one.isResting).length + 1 > all.length * RESTING_SHARE_MAX)
    return
  const { window } = upstream
  let [answers, faults] = [0, 0]
  for (const other of all) {
    if (other === upstream) continue
    other.window.turn(nowMs)
    answers += other.window.answers
    faults += other.window.faults
  }
  if (answers < FAULTS_MIN || (faults / answers) * TIMES_WORSE_MIN > window.share) return
  const restMs = Math.min(REST_MS_MAX, REST_MS * 2 ** window.rests)
  window.rests += 1
  upstream.isResting = true
  upstream.downSinceMs = clock.monotonicMs()
  log.warn(
    { instance: upstream.key, faults: window.faults, answers: window.answers, othersFaults: faults, restMs },
    'an instance fails far more often than the others of its release, and rests',
  )
  void clock.sleep(restMs, signal).then(() => {
    upstream.isResting = false
    upstream.downSinceMs = undefined
    upstream.window.answers = 0
    upstream.window.faults = 0
  })
}
