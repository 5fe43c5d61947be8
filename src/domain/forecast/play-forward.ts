// What happens from here on if all goes well and nobody does anything: the very rules that decide, `due` and `assess`,
// against an outside that answers well. So what is foretold cannot differ from what is done, but by what goes wrong.
import type { Evidence } from '../analysis/evidence.ts'
import type { RunRecipe } from '../pipeline/definition.ts'
import { machine, type EpochMs } from '../names.ts'
import { assess } from '../service/assess.ts'
import type { ServiceCommand } from '../service/command.ts'
import { decide } from '../service/decide.ts'
import { isMissing, missingUntil } from '../service/added-artifact.ts'
import { due } from '../service/due.ts'
import type { Intent } from '../service/intent.ts'
import type { ServiceEvent } from '../service/event.ts'
import { evolve } from '../service/evolve.ts'
import { stageOf, type ServiceState } from '../service/state.ts'
import { goesWell } from './goes-well.ts'
import { nextMilestoneMs, paceOf, watchOn } from './watched-forward.ts'

export type Outlook = { readonly now: EpochMs; readonly evidence: (stage: string) => Evidence }

export type Foretold = {
  readonly events: readonly ServiceEvent[]
  readonly state: ServiceState
  /** More would happen, but it is far away or very much. */
  readonly isCut: boolean
}

export const HORIZON_MS = 45 * 86_400_000
/** Events after which nobody wants to know more. */
const EVENTS_MAX = 6_000
const TURNS_MAX = 20_000
/** A tick that says it covers more is not believed. */
const SPAN_MS_MAX = 5 * 86_400_000

/** `first`: what somebody would do now, before the rest; what is refused of it changes nothing. */
export function playForward(
  state: ServiceState,
  { now, evidence }: Outlook,
  first: readonly ServiceCommand[] = [],
): Foretold {
  const play = new Play(state, now, evidence)
  for (const command of first) play.does(command)
  return play.on()
}

class Play {
  readonly #events: ServiceEvent[] = []
  readonly #began: EpochMs
  readonly #evidence = new Map<string, Evidence>()
  readonly #perMs = new Map<string, number>()
  readonly #buildEnds = new Map<string, EpochMs>()
  #state: ServiceState
  #now: EpochMs

  constructor(state: ServiceState, now: EpochMs, evidence: Outlook['evidence']) {
    this.#state = state
    this.#now = now
    this.#began = now
    for (const { stage } of state.definition?.stages ?? []) {
      this.#evidence.set(stage, evidence(stage))
      this.#perMs.set(stage, paceOf(evidence(stage)))
    }
  }

  on(): Foretold {
    for (let turns = 0; turns < TURNS_MAX && this.#events.length < EVENTS_MAX; turns += 1) {
      const intents = due(this.#state, this.#now)
      if (this.#adds() || this.#answers(intents) || this.#finds()) continue
      const next = this.#nextTime(intents)
      if (next === undefined) return this.#told(false)
      if (next - this.#began > HORIZON_MS) break
      this.#passTo(next)
    }
    return this.#told(true)
  }

  does(command: ServiceCommand): boolean {
    const decision = decide(this.#state, command)
    if ('refusal' in decision || decision.events.length === 0) return false
    for (const event of decision.events) {
      this.#events.push(event)
      this.#state = evolve(this.#state, event)
    }
    return true
  }

  #told(isCut: boolean): Foretold {
    return { events: this.#events, state: this.#state, isCut }
  }

  /** One thing that is due now is done; the machine's own moves first. */
  #answers(intents: readonly Intent[]): boolean {
    const ordered = [
      ...intents.filter((intent) => intent.do === 'decide'),
      ...intents.filter((intent) => intent.do !== 'decide'),
    ]
    return ordered.some((intent) => {
      if (intent.do === 'wake') return false
      if (intent.do === 'build') return this.#builds(intent)
      const lastTick = (stage: string): number => this.#evidence.get(stage)?.lastSeq ?? 0
      return this.does(goesWell(this.#state, intent, this.#now, lastTick))
    })
  }

  /** What is built elsewhere comes as it usually does. */
  #adds(): boolean {
    const { definition, releases } = this.#state
    if (!definition?.build.elsewhere) return false
    return Object.values(releases).some((release) => {
      if (!isMissing(definition, release)) return false
      const key = `${release.release}/added`
      const usual = Math.min(
        release.mergedAt + usualWaitMs(this.#state),
        missingUntil(definition, release) - 1,
      )
      const comes = this.#buildEnds.get(key) ?? Math.max(this.#now, usual)
      this.#buildEnds.set(key, comes)
      if (comes > this.#now) return false
      return this.does({
        type: 'add-artifact',
        sha: release.change.sha,
        artifact: `forecast-${release.release}`,
        sizeBytes: 0,
        checksum: '',
        provenance: null,
        at: this.#now,
        by: machine('forecast'),
      })
    })
  }

  #builds({ release, attempt }: Extract<Intent, { do: 'build' }>): boolean {
    const by = machine('forecast')
    const key = `${release}/${attempt}`
    const build = this.#state.releases[release]?.build
    if (build?.state === 'waiting')
      return this.does({ type: 'report-build-started', release, attempt, at: this.#now, by })
    const since = build?.state === 'running' ? build.startedAt : this.#now
    const ends = this.#buildEnds.get(key) ?? Math.max(this.#now, since + usualBuildMs(this.#state))
    this.#buildEnds.set(key, ends)
    const { definition } = this.#state
    if (ends > this.#now || !definition) return false
    const artifact = `forecast-${release}`
    const made = { artifact, run: newestRun(this.#state) ?? definition.run, sizeBytes: 0 }
    return this.does({ type: 'report-build-done', release, attempt, ...made, at: this.#now, by })
  }

  #finds(): boolean {
    const { definition: service } = this.#state
    return (service?.stages ?? []).some((definition) => {
      const evidence = this.#evidence.get(definition.stage)
      if (!evidence || stageOf(this.#state, definition.stage).hold) return false
      const found = assess(this.#state, definition, evidence, () => ({ verdict: 'none' }))
      return found.some((finding) =>
        this.does({
          type: 'report-finding',
          stage: definition.stage,
          finding,
          tick: evidence.lastSeq,
          at: this.#now,
          by: machine('forecast'),
        }),
      )
    })
  }

  #nextTime(intents: readonly Intent[]): EpochMs | undefined {
    const times = [
      ...intents.flatMap((intent) => (intent.do === 'wake' ? [intent.at] : [])),
      ...this.#buildEnds.values(),
      ...(this.#state.definition?.stages ?? []).flatMap((definition) => {
        const evidence = this.#evidence.get(definition.stage)
        const perMs = this.#perMs.get(definition.stage) ?? 0
        const leftMs = evidence && nextMilestoneMs(this.#state, definition, evidence, perMs)
        return leftMs === undefined ? [] : [this.#now + leftMs]
      }),
    ].filter((at) => at > this.#now)
    return times.length === 0 ? undefined : Math.min(...times, this.#now + SPAN_MS_MAX)
  }

  #passTo(at: EpochMs): void {
    for (const [name, evidence] of this.#evidence) {
      const stage = stageOf(this.#state, name)
      if (stage.hold || (!stage.live && !stage.rollout)) continue
      const watched = { at, spanMs: at - this.#now, perMs: this.#perMs.get(name) ?? 0 }
      this.#evidence.set(name, watchOn(stage, evidence, watched))
    }
    this.#now = at
  }
}

const BUILDS_LOOKED_AT = 5

/** Half of the last few builds took no longer. */
function usualBuildMs({ releases }: ServiceState): number {
  const built = Object.values(releases).flatMap(({ build }) => (build.state === 'done' ? [build] : []))
  return usualMs(built.map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt })))
}

/** From the merge until the artifact came from elsewhere. */
function usualWaitMs({ releases }: ServiceState): number {
  return usualMs(
    Object.values(releases).flatMap(({ added, mergedAt }) =>
      added ? [{ from: mergedAt, to: added.at }] : [],
    ),
  )
}

function usualMs(spans: readonly { readonly from: EpochMs; readonly to: EpochMs }[]): number {
  const took = spans
    .toSorted((left, right) => right.to - left.to)
    .slice(0, BUILDS_LOOKED_AT)
    .map(({ from, to }) => Math.max(0, to - from))
    .toSorted((left, right) => left - right)
  return took[Math.floor(took.length / 2)] ?? 0
}

/** What the next commit says of how it runs is not known; most likely what the last one said. */
function newestRun({ releases, head }: ServiceState): RunRecipe | undefined {
  const build = releases[head]?.build
  return build?.state === 'done' ? build.run : undefined
}
