// With faults over and people gone, everything comes to rest within a declared time, says why it waits, and keeps the
// times it promised. Also what can only be asked at the end: that nothing acknowledged was lost.
import { questionsOf } from '../../src/domain/service/assess.ts'
import { runOf } from '../../src/domain/service/command-run.ts'
import { due } from '../../src/domain/service/due.ts'
import type { Intent } from '../../src/domain/service/intent.ts'
import { closedGate, entryReasons } from '../../src/domain/service/gates.ts'
import type { GateReason } from '../../src/domain/service/gate-reason.ts'
import { candidates, liveOrLast, nextUp } from '../../src/domain/service/queue.ts'
import { evolve } from '../../src/domain/service/evolve.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { SEARCH_MS_MAX, type CulpritSearch } from '../../src/domain/service/search-state.ts'
import { initialService, stageOf, type ServiceState } from '../../src/domain/service/state.ts'
import { wantedFleets } from '../../src/domain/service/wanted.ts'
import type { StoredEvent } from '../../src/ports/event-log.ts'
import { streamOf } from '../../src/coordinator/streams.ts'
import { SERVICE } from '../draw-definition.ts'
import type { Lives } from '../lives.ts'
import type { Acts } from '../simulate.ts'
import type { World } from '../world.ts'
import { checkNothingBadServes } from './bad-rules.ts'
import { createBakeWatch } from './bake-bounds.ts'
import { checkWorkers } from './worker-rules.ts'

const MINUTE_MS = 60_000
/** Everything under way ends within this, once nothing goes wrong any more. */
export const REST_WITHIN_MS = 6 * 60 * MINUTE_MS
/** Promises further away are not waited for. */
const PROMISE_MAX_MS = 80 * 60 * MINUTE_MS
/** How late a promised time may be kept. */
const LATE_MAX_MS = 2 * MINUTE_MS

const NAPS_MAX = 200
const NAP_MIN_MS = 60_000

export async function checkRest(world: World, lives: Lives, acts: Acts, stop: () => boolean): Promise<void> {
  const { faults, rules } = world
  faults.end()
  lives.restartsAfter(1_000, 2_000)
  lives.killSecond()
  // What the other did is known to this one only when it takes over, as a lease would have it.
  if (faults.counts().has('second-coordinator')) lives.killPrimary('to take over alone')
  await comeToRest(world, lives, stop)
  if (stop()) return
  checkLog(world, lives, acts)
  checkReasons(world, lives)
  checkCapacity(world)
  checkWorkers(world)
  checkNothingBadServes(world)
  if (stop()) return
  await searchesEnd(world, lives, stop)
  if (stop()) return
  const promise = promises(world)[0]
  if (!promise) return
  world.trace.add(
    `promise ${promise.stage} #${promise.release} ${promise.reason.code}: ${promise.reason.text}`,
  )
  await passTime(world, lives, promise.until, stop)
  const still = promises(world, true).some(
    ({ stage, release, reason }) =>
      stage === promise.stage && release === promise.release && isSameReason(reason, promise.reason),
  )
  if (still && !stop())
    rules.broken(
      'a promised time is kept if nothing else happens',
      `#${promise.release} into ${promise.stage}: "${promise.reason.text}" was to be over by ${new Date(promise.until).toISOString()}`,
    )
}

/** Whatever keeps its probes from beginning, a search is over after its four hours. */
async function searchesEnd(world: World, lives: Lives, stop: () => boolean): Promise<void> {
  const searches = (): readonly CulpritSearch[] =>
    Object.values(world.rules.replayed().state.stages).flatMap(({ search }) => search ?? [])
  const until = Math.max(0, ...searches().map(({ since }) => since + SEARCH_MS_MAX))
  if (until === 0) return
  await passTime(world, lives, until, stop)
  for (const { since } of searches())
    if (since + SEARCH_MS_MAX <= until && !stop())
      world.rules.broken(
        'a search for a culprit always ends',
        `one of ${new Date(since).toISOString()} did not`,
      )
}

/**
 * Days go by in which only what is due by itself happens. The machine sleeps from one such moment to the next, which
 * is a restart and a jump of its clock: otherwise most of the work would be to watch nothing.
 */
async function passTime(world: World, lives: Lives, untilWallMs: number, stop: () => boolean): Promise<void> {
  const { clock } = world
  for (let naps = 0; naps < NAPS_MAX && clock.wallMs() < untilWallMs + LATE_MAX_MS && !stop(); naps += 1) {
    const next = Math.min(untilWallMs, ...wakes(world))
    if (next - clock.wallMs() > NAP_MIN_MS) {
      lives.killPrimary('and sleeps')
      clock.jumpWall(next - clock.wallMs() - NAP_MIN_MS / 2)
    }
    const awakeMs = Math.max(0, next - clock.wallMs()) + LATE_MAX_MS
    await clock.run(clock.monotonicMs() + awakeMs, stop)
  }
}

function wakes(world: World): readonly number[] {
  const now = world.clock.wallMs()
  return due(world.rules.replayed().state, now).flatMap((intent) =>
    intent.do === 'wake' && intent.at > now ? [intent.at] : [],
  )
}

async function comeToRest(world: World, lives: Lives, stop: () => boolean): Promise<void> {
  const { clock, rules } = world
  const untilMs = clock.monotonicMs() + REST_WITHIN_MS
  const watchBakes = createBakeWatch(world)
  let restless: readonly string[] = []
  while (clock.monotonicMs() < untilMs && !stop()) {
    await clock.run(clock.monotonicMs() + MINUTE_MS, stop)
    watchBakes()
    restless = lives.primary() ? whyRestless(world) : ['no coordinator lives']
    if (restless.length === 0) return
  }
  if (!stop())
    rules.broken(
      `once nothing goes wrong any more, everything comes to rest within ${REST_WITHIN_MS / MINUTE_MS} minutes`,
      restless.join('; '),
    )
}

function whyRestless(world: World): readonly string[] {
  const { state } = world.rules.replayed()
  const service = state.definition
  if (!service) return ['nothing is configured']
  const now = world.clock.wallMs()
  const owed = due(state, now).filter((intent) => intent.do !== 'wake' && !isHopeless(world, intent))
  const open = service.stages.flatMap((definition) => {
    const stage = stageOf(state, definition.stage)
    // A person was told of a hold, or asked, and has to look.
    if (stage.hold?.told || stage.asked || stage.rollout?.paused || runOf(stage)?.state === 'lost') return []
    if (stage.rollout && stage.rollout.confirmAsked === stage.rollout.step) return []
    const waits = closedGate(state, definition, now, 'step').length > 0
    if (
      stage.rollout &&
      !(waits && stage.rollout.phase === 'gate') &&
      !isHopelessBack(world, state, stage.stage)
    )
      return [`${stage.stage} rollout ${stage.rollout.rollout} is ${stage.rollout.phase}`]
    const asked =
      stage.hold || stage.stuck || stage.asked || stage.suspects.length > 0
        ? []
        : questionsOf(state, definition, stage)
    return stage.rollout
      ? []
      : asked.map(({ about, release }) => `${stage.stage} has #${release} in its ${about}`)
  })
  return [...owed.map((intent) => JSON.stringify(intent)), ...open, ...world.rules.everywhere.open()]
}

/** Instances of a release that never comes up are asked for as long as it is live. */
function isHopeless(world: World, intent: Intent): boolean {
  if (intent.do !== 'scale') return false
  const wrong = world.defects(intent.fleet.release)
  return wrong.has('crashing') || wrong.has('never-healthy')
}

function isHopelessBack(world: World, state: ServiceState, stage: string): boolean {
  const { rollout } = stageOf(state, stage)
  if (rollout?.direction !== 'back') return false
  const wrong = world.defects(rollout.release)
  return wrong.has('crashing') || wrong.has('never-healthy')
}

/** Nothing runs that nobody wants. */
function checkCapacity(world: World): void {
  const { state } = world.rules.replayed()
  for (const definition of state.definition?.stages ?? []) {
    const wanted = wantedFleets(definition, stageOf(state, definition.stage))
    for (const { release, count } of world.target.counts({ service: SERVICE, stage: definition.stage })) {
      const want = wanted.find((fleet) => fleet.release === release)?.count ?? 0
      if (count > want)
        world.rules.broken(
          'nothing runs that nobody wants',
          `${count} instances of #${release} in ${definition.stage}, ${want} wanted`,
        )
    }
  }
}

/** Everything that does not move has a reason. */
function checkReasons(world: World, lives: Lives): void {
  const { state } = world.rules.replayed()
  const service = state.definition
  if (!service || !lives.primary()) return
  const now = world.clock.wallMs()
  for (const definition of service.stages) {
    const stage = stageOf(state, definition.stage)
    const next = nextUp(state, service, definition, now)
    if (next && next.why.length === 0 && !stage.rollout)
      world.rules.broken(
        'whatever does not move has a reason',
        `#${next.release} is free to enter ${stage.stage}`,
      )
    for (const release of candidates(state, liveOrLast(stage))) {
      if (stage.rollout?.release === release || (next && next.why.length > 0)) continue
      if (entryReasons(state, service, definition, release, now).length === 0)
        world.rules.broken('whatever does not move has a reason', `#${release} into ${stage.stage}`)
    }
  }
}

type Promised = {
  readonly stage: string
  readonly release: number
  readonly reason: GateReason
  readonly until: number
}

function promises(world: World, overdue = false): readonly Promised[] {
  const { state } = world.rules.replayed()
  const service = state.definition
  if (!service) return []
  const now = world.clock.wallMs()
  return service.stages
    .flatMap((definition) => {
      const stage = stageOf(state, definition.stage)
      const next = stage.rollout ? undefined : nextUp(state, service, definition, now)
      const waiting = stage.rollout
        ? closedGate(state, definition, now, 'step').map((reason) => ({
            release: stage.rollout!.release,
            reason,
          }))
        : (next?.why ?? []).map((reason) => ({ release: next!.release, reason }))
      return waiting.map(({ release, reason }) => ({
        stage: definition.stage,
        release,
        reason,
        until: reason.until ?? (overdue ? 0 : Number.POSITIVE_INFINITY),
      }))
    })
    .filter(({ until }) => until < now + PROMISE_MAX_MS)
    .toSorted((left, right) => left.until - right.until)
}

/** Nothing acknowledged is lost, a refusal added nothing, and what is replayed is what runs. */
function checkLog(world: World, lives: Lives, acts: Acts): void {
  const { rules, log } = world
  const events = log.disk.streams.get(streamOf(SERVICE)) ?? []
  for (const { name, version, types } of acts.acknowledged) {
    const kept = events.slice(version - types.length, version).map(({ type }) => type)
    if (JSON.stringify(kept) !== JSON.stringify(types))
      rules.broken('an acknowledged act is in the log for ever', `${name}: ${types.join(', ')} at ${version}`)
  }
  for (const { data, version } of events) {
    const { by } = data as ServiceEvent
    if (by.kind === 'person' && acts.refused.has(by.name))
      rules.broken('a refusal adds no event', `${by.name} was refused and made event ${version}`)
  }
  const { state, version } = rules.replayed()
  const running = lives.primary()?.coordinator.state(SERVICE)
  // The rules fold every event from the first one on; only a coordinator that lags behind needs a fold of its own.
  const replayed =
    running?.version === version ? state : fold(events.slice(0, running?.version ?? 0), initialService)
  if (running && !isSame(running, replayed))
    rules.broken('replay from zero is the running state', firstDifference(running, replayed))
  const snapshot = log.disk.snapshots.get(streamOf(SERVICE))
  if (!snapshot) return
  const resumed = fold(events.slice(snapshot.version), snapshot.state as ServiceState)
  if (!isSame(resumed, state))
    rules.broken('replay from a snapshot is replay from zero', `from ${snapshot.version} to ${version}`)
}

/** The log holds what coordinators put there. */
function fold(events: readonly StoredEvent[], from: ServiceState): ServiceState {
  return events.reduce((state, stored) => evolve(state, stored.data as ServiceEvent), from)
}

/** As they would be on a disk: a part that is undefined is none. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  const [one, other] = [left as Parts, right as Parts]
  if (Array.isArray(one) !== Array.isArray(other)) return false
  let count = 0
  for (const name in one) {
    if (one[name] === undefined) continue
    count += 1
    if (!isSame(one[name], other[name])) return false
  }
  for (const name in other) if (other[name] !== undefined) count -= 1
  return count === 0
}

type Parts = Readonly<Record<string, unknown>>

function firstDifference(left: ServiceState, right: ServiceState): string {
  const [one, other] = [JSON.stringify(left), JSON.stringify(right)]
  let at = 0
  while (one[at] === other[at] && at < one.length) at += 1
  return `${one.slice(Math.max(0, at - 80), at + 60)} | ${other.slice(Math.max(0, at - 80), at + 60)}`
}

/** Two locks are two reasons. */
function isSameReason(left: GateReason, right: GateReason): boolean {
  return left.code === right.code && (left.code !== 'gate/locked' || left.text === right.text)
}
