// What is foretold, and what piles up: worked out from the state of now, and kept while nothing has changed.
import type { Backlog } from '../api/backlog.ts'
import type { ForecastView } from '../api/forecast.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import type { ServiceName } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../server/control.ts'
import { backlog } from '../views/backlog.ts'
import { forecast, type ForecastRow } from '../views/forecast.ts'
import { sharedBranchRows } from '../views/shared-branch.ts'
import { whatIf } from '../views/what-if.ts'
import type { TouchedCache } from './touched-cache.ts'

/** An answer is given again for so long: whoever looks at a board asks every second. */
const KEPT_MS = 2_000
/** What takes longer to work out is given again for so many times as long, also when something happened meanwhile. */
const DEAR_MS = 100
const KEPT_TIMES = 20
const CHANGES_READ_MAX = 500

type Kept = {
  readonly state: ServiceState
  readonly atMs: number
  readonly tookMs: number
  readonly answer: unknown
}

export function createForesightControl(parts: {
  readonly coordinator: Pick<Coordinator, 'state' | 'evidence' | 'services'>
  readonly clock: Clock
  readonly touched: TouchedCache
  /** What alarms come to on the past, as far as that is known by now; absent: nobody tries them. */
  readonly alarmRows?: (
    service: ServiceName,
    stages: readonly StageDefinition[],
  ) => Promise<readonly ForecastRow[]>
}): Pick<Control, 'plan' | 'forecast' | 'backlog'> {
  const { coordinator, clock } = parts
  const kept = new Map<string, Kept>()

  /** Worked out anew when something happened, and at the latest after a moment. */
  const once = <Answer>(key: string, state: ServiceState, work: () => Answer): Answer => {
    const known = kept.get(key)
    const atMs = clock.monotonicMs()
    const ageMs = known ? atMs - known.atMs : Infinity
    const isFresh = known?.state === state && ageMs < KEPT_MS
    const isDear = known !== undefined && known.tookMs > DEAR_MS && ageMs < KEPT_TIMES * known.tookMs
    // What is kept under a key was made by the same work.
    if (known && (isFresh || isDear)) return known.answer as Answer
    const answer = work()
    const doneMs = clock.monotonicMs()
    kept.set(key, { state, atMs: doneMs, tookMs: doneMs - atMs, answer })
    return answer
  }
  const seenOf = (service: string) => ({
    now: clock.now(),
    evidence: (stage: string) => coordinator.evidence(service, stage),
  })

  return {
    plan: async (service) => {
      const state = coordinator.state(service)
      const { definition } = state
      if (!definition) return []
      const tried = (await parts.alarmRows?.(service, definition.stages)) ?? []
      const rows = once(`${service}/plan`, state, () => {
        const all = coordinator.services().flatMap((name) => coordinator.state(name).definition ?? [])
        return [
          ...sharedBranchRows(definition, all, clock.now()),
          ...forecast(state, definition, seenOf(service)),
        ]
      })
      return [...rows, ...tried]
    },
    forecast: async (service, without): Promise<ForecastView | undefined> => {
      const state = coordinator.state(service)
      return state.definition ? whatIf(state, state.definition, seenOf(service), without) : undefined
    },
    backlog: async (service): Promise<Backlog | undefined> => {
      const { definition, releases } = coordinator.state(service)
      if (!definition) return undefined
      const newest = Object.values(releases)
        .filter(({ line }) => line >= 0)
        .toSorted((left, right) => right.release - left.release)
        .slice(0, CHANGES_READ_MAX)
      await parts.touched.read(
        definition.source.git,
        newest.map(({ change }) => change.sha),
      )
      const state = coordinator.state(service)
      return once(`${service}/backlog`, state, () =>
        backlog(state, definition, { ...seenOf(service), touched: parts.touched.known }),
      )
    },
  }
}
