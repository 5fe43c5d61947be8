// Watching one service: each second a tick per environment, from what the router counted and what the host shows;
// then the judge is asked. A tick is on disk before the verdict it carries is acted on.
import {
  isCutNeeded,
  isTrialMissing,
  noEvidence,
  withTickCut,
  type Evidence,
} from '../domain/analysis/evidence.ts'
import type { Question } from '../domain/analysis/judgement.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import type { Environment } from '../domain/names.ts'
import { machine } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { assess, questionsFrom, questionsOf, ticksNeededFrom } from '../domain/service/assess.ts'
import { isWatched } from '../domain/service/due.ts'
import { stageOf, type ServiceState, type StageState } from '../domain/service/state.ts'
import { keyOf } from '../domain/analysis/trial.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import { foldTicks } from './fold-ticks.ts'
import { GIVEN_UP } from './given-up.ts'
import { placeIn } from './place-in.ts'
import { lookAround, tickBetween, type Look } from './look-around.ts'
import { newTroubles } from './told-by-instances.ts'
import type { CoordinatorPorts, Paces } from './ports.ts'
import { sameInstances } from '../domain/service/wanted.ts'
import { addresses } from './acts/scale.ts'
import type { Work } from './work.ts'

export interface Observer {
  /** The traffic of a stage was just shifted: from here on the shares are those of now. */
  shifted(): void
  evidence(stage: string): Evidence
  lastTick(stage: string): number
  fleets(stage: string): readonly FleetLook[]
  stop(): Promise<void>
}

export type ObserverParts = {
  readonly service: string
  readonly state: () => ServiceState
  readonly work: () => Work
  readonly ports: CoordinatorPorts
  readonly paces: Paces
  readonly watched: () => void
}

type Watched = {
  evidence: Evidence
  look: Look | undefined
  /** The plan of now, and since when it is known to be in force, by the clock that never goes back. */
  generation: number
  sinceMs: number
  /** What is in the log already of what is missing, by instance. */
  troubles: ReadonlyMap<string, string>
  sourceTrouble: string | undefined
  recovered: boolean
  /** The pace that was in force at the last look. */
  paceMs: number
  /** What was asked when the evidence was last found to tell it apart. */
  marks: StageState['marks'] | undefined
  rollout: number | undefined
  /** Ticks up to this one are not in the evidence. */
  neededFrom: number
}

/** A span longer than so many ticks was not watched: we were down, or asleep. */
const SPAN_TICKS_MAX = 3

export function createObserver(parts: ObserverParts): Observer {
  const { service, ports, paces } = parts
  const stages = new Map<string, Watched>()
  const stopped = new AbortController()

  const watchedOf = (stage: string): Watched => {
    const known = stages.get(stage)
    if (known) return known
    const fresh: Watched = {
      evidence: noEvidence,
      look: undefined,
      generation: -1,
      sinceMs: 0,
      troubles: new Map(),
      sourceTrouble: undefined,
      recovered: false,
      paceMs: 0,
      marks: undefined,
      rollout: undefined,
      neededFrom: 0,
    }
    stages.set(stage, fresh)
    return fresh
  }

  /** Questions whose evidence is folded tick by tick. */
  const triedOf = (definition: StageDefinition): readonly Question[] =>
    ports.judge.asksForTrials === true && definition.judge !== 'thresholds'
      ? questionsOf(parts.state(), definition, stageOf(parts.state(), definition.stage))
      : []

  const recover = async (definition: StageDefinition, watched: Watched): Promise<void> => {
    const environment = { service, stage: definition.stage }
    const stage = stageOf(parts.state(), environment.stage)
    const tried = triedOf(definition)
    for (let seq = (await ports.ticks.lastSeq(environment)) + 1; seq <= newestTickOf(stage); seq += 1)
      await ports.ticks.append(environment, unwatched(seq, ports.clock.now()))
    const evidence = await foldTicks(ports.ticks, environment, { stage, tried })
    const last = await ports.ticks.lastSeq(environment)
    watched.evidence = last > evidence.lastSeq ? { ...evidence, lastSeq: last } : evidence
    watched.neededFrom = ticksNeededFrom(stage, tried)
    watched.recovered = true
  }

  const observe = async (definition: StageDefinition, watched: Watched): Promise<void> => {
    const environment = { service, stage: definition.stage }
    notePlan(definition.stage)
    const { marks, rollout } = stageOf(parts.state(), definition.stage)
    if (watched.marks !== marks || watched.rollout !== rollout?.rollout) {
      // A question may have been asked from a tick that a spell has run across meanwhile.
      if (isCutNeeded(watched.evidence, questionsFrom(stageOf(parts.state(), definition.stage))))
        watched.recovered = false
      watched.marks = marks
      watched.rollout = rollout?.rollout
    }
    // A trial begins with what was seen before it was asked for.
    const tried = triedOf(definition)
    // What is not needed any more is forgotten at once, so that a verdict rests on the same ticks whoever reads them.
    const neededFrom = ticksNeededFrom(stageOf(parts.state(), definition.stage), tried)
    if (isTrialMissing(watched.evidence, tried) || watched.neededFrom !== neededFrom)
      watched.recovered = false
    if (!watched.recovered) await recover(definition, watched)
    // Read before the look: the target grows first and the stream learns of it, so the look is never the older one.
    const known = stageOf(parts.state(), definition.stage).fleets
    const before = watched.look
    const paceMs = watched.paceMs
    const after = await lookAround(ports, environment, parts.state(), definition, before)
    watched.look = after
    watched.paceMs = paceOf(definition)
    tellTroubles(environment, watched, after)
    await reportMoved(definition.stage, known, after.fleets)
    if (!before) return
    const spanMs = spanOf(definition.stage, before, after, SPAN_TICKS_MAX * paceMs)
    await record(definition, tried, watched, before, after, spanMs)
    await judge(definition, tried, watched)
    parts.watched()
  }

  /** Each once, for as long as it lasts. */
  const tellTroubles = (environment: Environment, watched: Watched, { told, traffic }: Look): void => {
    const { known, news } = newTroubles(watched.troubles, told)
    watched.troubles = known
    for (const { id, trouble } of news)
      ports.log.warn(
        { ...environment, instance: id, trouble },
        'an instance does not tell what alarms are set on',
      )
    if (traffic.trouble !== undefined && traffic.trouble !== watched.sourceTrouble)
      ports.log.warn({ ...environment, trouble: traffic.trouble }, 'a metric source does not tell all')
    watched.sourceTrouble = traffic.trouble
  }

  /** A plan whose shift was not noticed, because another server made it, counts from when it is first seen. */
  const notePlan = (stage: string): Watched => {
    const watched = watchedOf(stage)
    const { generation } = stageOf(parts.state(), stage).plan
    if (watched.generation === generation) return watched
    watched.generation = generation
    watched.sinceMs = ports.clock.monotonicMs()
    return watched
  }

  /** Time that the shares of now were in force: what was before a shift says nothing of them, nor does a long sleep. */
  const spanOf = (stage: string, before: Look, after: Look, maxMs: number): number => {
    const inForceMs = Math.max(0, after.atMs - notePlan(stage).sinceMs)
    return Math.round(Math.min(after.atMs - before.atMs, maxMs, inForceMs))
  }

  /** `tried`: what was asked when the evidence was made sure of; what came since begins with the next tick. */
  const record = async (
    definition: StageDefinition,
    tried: readonly Question[],
    watched: Watched,
    before: Look,
    after: Look,
    spanMs: number,
  ): Promise<void> => {
    const environment: Environment = { service, stage: definition.stage }
    const stage = stageOf(parts.state(), environment.stage)
    const tick = tickBetween(before, after, {
      seq: watched.evidence.lastSeq + 1,
      at: ports.clock.now(),
      spanMs,
      stage,
      definition,
      acknowledged: notePlan(stage.stage).sinceMs <= before.atMs ? stage.plan.generation : undefined,
    })
    await ports.ticks.append(environment, tick)
    watched.evidence = withTickCut(watched.evidence, tick, questionsFrom(stage), tried)
  }

  const judge = async (
    definition: StageDefinition,
    tried: readonly Question[],
    watched: Watched,
  ): Promise<void> => {
    // What came up since the tick began is answered from the next one on.
    const asked = triedOf(definition)
    const keys = asked === tried ? null : new Set(tried.map(keyOf))
    if (keys !== null && asked.some((question) => !keys.has(keyOf(question)))) return
    const findings = assess(parts.state(), definition, watched.evidence, (question, evidence) =>
      ports.judge.judge(question, evidence),
    )
    for (const finding of findings)
      await parts.work().handle({
        type: 'report-finding',
        stage: definition.stage,
        finding,
        tick: watched.evidence.lastSeq,
        at: ports.clock.now(),
        by: machine(`judge: ${finding.found}`),
      })
  }

  /** An instance that came back on another port, or was replaced, moves in the plan; one that is gone is owed again. */
  const reportMoved = async (
    stage: string,
    before: StageState['fleets'],
    fleets: readonly FleetLook[],
  ): Promise<void> => {
    for (const [key, known] of Object.entries(before)) {
      const release = Number(key)
      const look = fleets.find((fleet) => fleet.release === release)
      const count = Math.min(known.count, look?.wanted ?? 0)
      const instances = look ? addresses(look, count, known.instances) : []
      if (count === known.count) {
        if (instances.length !== count || sameInstances(instances, known.instances)) continue
      }
      await parts.work().handle({
        type: 'report-fleet',
        stage,
        release,
        count,
        instances,
        at: ports.clock.now(),
        by: machine('target'),
      })
    }
  }

  /** Close attention while something is on trial, and for a while after the traffic moved: people look at it then. */
  const paceOf = (definition: StageDefinition): number => {
    const state = parts.state()
    const stage = stageOf(state, definition.stage)
    const movedMs = ports.clock.now() - stage.plan.at
    const moved = movedMs >= 0 && movedMs < paces.movedMs
    return moved || questionsOf(state, definition, stage).length > 0 ? paces.tickMs : paces.calmTickMs
  }

  const loop = async (): Promise<void> => {
    // After a start thousands of services would otherwise tick in the same moment, and every one of them late.
    await ports.clock.sleep(paces.tickMs * placeIn(service), stopped.signal)
    while (!stopped.signal.aborted) {
      for (const definition of parts.state().definition?.stages ?? []) {
        const watched = watchedOf(definition.stage)
        const now = ports.clock.monotonicMs()
        const soon =
          watched.look === undefined || watched.look.atMs + paceOf(definition) <= now + paces.tickMs / 4
        if (!soon || !isWatched(stageOf(parts.state(), definition.stage))) continue
        try {
          await observe(definition, watched)
        } catch (error) {
          ports.log.warn({ service, stage: definition.stage, error }, 'a tick was lost')
          // The store may have taken it, or somebody else's: its own numbers are what counts.
          watched.recovered = false
        }
      }
      await ports.clock.sleep(paces.tickMs, stopped.signal)
    }
  }
  const looping = loop()

  return {
    shifted: () => {
      for (const { stage } of parts.state().definition?.stages ?? []) notePlan(stage)
    },
    evidence: (stage) => watchedOf(stage).evidence,
    lastTick: (stage) => watchedOf(stage).evidence.lastSeq,
    fleets: (stage) => watchedOf(stage).look?.fleets ?? [],
    stop: async () => {
      stopped.abort(GIVEN_UP)
      await looping
    },
  }
}

/** The newest tick that the log speaks of. */
function newestTickOf(stage: StageState): number {
  return Math.max(stage.answeredTick, ...questionsFrom(stage))
}

/**
 * A tick that was lost after the log spoke of its number. The number must not come again for something newer, which
 * would then be taken for what was seen before.
 */
function unwatched(seq: number, at: number): Tick {
  return { seq, at, spanMs: 0, generation: 0, routerSeen: false, arms: [] }
}
