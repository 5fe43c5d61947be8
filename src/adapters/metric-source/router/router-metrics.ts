// Counters of the router processes on this machine, added up so that they only grow while processes come and go.
import { createRouterAdmin } from '../../../api/router-admin/router-admin.ts'
import type { CountersAnswer } from '../../../api/router-admin/wire.ts'
import { addLatency } from '../../../domain/analysis/latency-histogram.ts'
import { environmentKey } from '../../../domain/names.ts'
import { STABLE } from '../../../domain/traffic/route-rule.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { BoxReading, MetricSource, TrackReading, TrafficReading } from '../../../ports/metric-source.ts'

export type RouterMetricsOptions = {
  readonly stateDir: string
  readonly clock: Pick<Clock, 'sleep'>
  /** How long one router process may take; 1,000 by default. One that takes longer makes the reading unseen. */
  readonly answerMsMax?: number
}

const UNSEEN: TrafficReading = { seen: false, generation: 0, arms: [] }

/**
 * A process that ended keeps what it was last seen with; what it counted after that is lost, at most the time between
 * two readings. A living process that does not answer makes the whole reading unseen: half of the traffic would be
 * missing from it.
 */
export function createRouterMetrics(options: RouterMetricsOptions): MetricSource {
  const { stateDir, clock, answerMsMax = 1_000 } = options
  const deadline = () => AbortSignal.timeout(answerMsMax)
  const admin = createRouterAdmin({ stateDir, deadline, sleep: (ms, signal) => clock.sleep(ms, signal) })
  const ledgers = new Map<string, IncarnationLedger>()

  return {
    async read(environment) {
      const key = environmentKey(environment)
      const ledger = ledgers.get(key) ?? new IncarnationLedger()
      ledgers.set(key, ledger)
      try {
        const answers = await admin.everyone((router) => admin.counters(router, environment))
        if (answers.length === 0) return UNSEEN
        const generation = Math.min(...answers.map((answer) => answer.generation))
        const sum = ledger.sum(answers)
        // What a track got says nothing of how the release does for everybody.
        const arms = sum.flatMap(({ track, ...arm }) => (track === STABLE ? [arm] : []))
        const tracks = sum.filter(({ track }) => track !== STABLE)
        return { seen: true, generation, arms, ...(tracks.length > 0 ? { tracks } : {}) }
      } catch {
        // The contract: missing data is said, never thrown.
        return UNSEEN
      }
    },
  }
}

type Arms = ReadonlyMap<string, TrackReading>

/** Remembers each life of a process by what it was last seen with; ended ones are folded into one sum. */
class IncarnationLedger {
  #ended: Arms = new Map()
  #living = new Map<string, Arms>()

  sum(answers: readonly CountersAnswer[]): readonly TrackReading[] {
    const before = this.#living
    this.#living = new Map(answers.map((answer) => [answer.incarnation, armsOf(answer)]))
    for (const [incarnation, arms] of before) {
      const now = this.#living.get(incarnation)
      if (now === undefined) this.#ended = added(this.#ended, arms)
      // A process forgets releases that left long ago; what they had is not taken back.
      else this.#living.set(incarnation, new Map([...arms, ...now]))
    }
    const total = [...this.#living.values()].reduce(added, this.#ended)
    return [...total.values()].toSorted((a, b) => a.release - b.release)
  }
}

function armsOf(answer: CountersAnswer): Arms {
  return new Map(
    answer.arms.map(({ release, track = STABLE, requests, errors, latency, boxes }) => [
      `${release}/${track ?? ''}`,
      { release, track, requests, errors, latency, ...(boxes === undefined ? {} : { boxes }) },
    ]),
  )
}

function added(left: Arms, right: Arms): Arms {
  const sum = new Map(left)
  for (const [name, arm] of right) {
    const other = sum.get(name)
    sum.set(
      name,
      other === undefined
        ? arm
        : {
            ...arm,
            requests: other.requests + arm.requests,
            errors: other.errors + arm.errors,
            latency: addLatency(other.latency, arm.latency),
            ...(arm.boxes === undefined && other.boxes === undefined
              ? {}
              : { boxes: addBoxes(other.boxes ?? [], arm.boxes ?? []) }),
          },
    )
  }
  return sum
}

/** Every router process sends some requests to the same instance. */
function addBoxes(left: readonly BoxReading[], right: readonly BoxReading[]): readonly BoxReading[] {
  const sums = new Map(left.map((box) => [box.id, box]))
  for (const box of right) {
    const known = sums.get(box.id)
    sums.set(
      box.id,
      known === undefined
        ? box
        : {
            id: box.id,
            requests: known.requests + box.requests,
            errors: known.errors + box.errors,
            buckets: known.buckets + box.buckets,
          },
    )
  }
  return [...sums.values()]
}
