// Every rule that must hold at every moment, asked after each append and each change of traffic or capacity. The first
// one that is broken is kept, and the run stops there.
import { environmentKey } from '../../src/domain/names.ts'
import type { ServiceDefinition } from '../../src/domain/pipeline/definition.ts'
import { evolve } from '../../src/domain/service/evolve.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { initialService, type ServiceState, type StageState } from '../../src/domain/service/state.ts'
import type { EnvironmentPlan } from '../../src/domain/traffic/plan.ts'
import type { TaskRequest } from '../../src/ports/task-runner.ts'
import type { StoredEvent } from '../../src/ports/event-log.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { inForce, type Commit, type Git } from '../world/git.ts'
import type { Instance, WorldTarget } from '../world/world-target.ts'
import type { WorldTicks } from '../world/world-ticks.ts'
import { checkEntry, checkGates } from './entry-rules.ts'
import { createEverywhereRules, type EverywhereRules } from './everywhere-rules.ts'
import { checkEvidence } from './evidence-rules.ts'
import { apply, createModel, definitionOf, stageOf, type Contents, type Model } from './model.ts'
import { checkSearch } from './search-rules.ts'
import { checkRollout } from './rollout-rules.ts'
import { checkWarm } from './warm-rules.ts'
import { checkTakesWork } from './worker-rules.ts'

/** A sentence that is broken, and what broke it. */
export type Violation = { readonly rule: string; readonly detail: string }
export type Break = (rule: string, detail: string) => void

/** What rules may look at. */
export type Known = {
  readonly model: Model
  readonly nowMs: number
  readonly contents: Contents
  /** Patches that something in force within a release takes back or repairs. */
  readonly lifted: (release: number) => ReadonlySet<string>
  readonly patchOf: (release: number) => string | undefined
  readonly ticks: WorldTicks
  readonly broken: Break
}

export interface Rules {
  onEvent(stored: StoredEvent): void
  onTraffic(plan: EnvironmentPlan, before: EnvironmentPlan | undefined): void
  /** An instance is being taken away because the coordinator asked for it. */
  onStopped(instance: Instance, plan: EnvironmentPlan | undefined): void
  /** An instance starts beside those that run, or are not quite gone yet. */
  onSpawned(instance: Instance, beside: readonly Instance[]): void
  /** A release command begins, while others of its environment run. */
  onTask(key: string, request: TaskRequest, beside: readonly string[]): void
  onStaleWrite(what: string, seen: number, got: number): void
  broken: Break
  violation(): Violation | undefined
  definition(): ServiceDefinition | null
  shaOf(release: number): string | undefined
  readonly model: Model
  readonly everywhere: EverywhereRules
  /** The log replayed from zero, up to its newest event. */
  replayed(): { readonly state: ServiceState; readonly version: number }
  eventCounts(): ReadonlyMap<string, number>
}

export function createRules({
  clock,
  git,
  ticks,
  target,
}: {
  clock: VirtualClock
  git: Git
  ticks: WorldTicks
  target: WorldTarget
}): Rules {
  const model = createModel()
  const counts = new Map<string, number>()
  let first: Violation | undefined
  let state = initialService
  let version = 0

  const broken: Break = (rule, detail) => {
    first ??= { rule, detail }
  }
  const patchOf = (release: number): string | undefined => {
    const sha = model.shas.get(release)
    return sha === undefined ? undefined : git.commit(sha).patch
  }
  const contents: Contents = (release) => new Set(commitsOf(model, git, release).map(({ patch }) => patch))
  const lifted = (release: number): ReadonlySet<string> => inForce(commitsOf(model, git, release)).lifted
  const known = (): Known => ({ model, nowMs: clock.monotonicMs(), contents, lifted, patchOf, ticks, broken })

  const onEvent = (stored: StoredEvent): void => {
    if (stored.version !== version + 1)
      broken('a stream has no gaps', `event ${stored.version} follows ${version}`)
    version = stored.version
    // The log's data is what the coordinator put there.
    const event = stored.data as ServiceEvent
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
    const facts = known()
    checkNumbers(facts, event)
    // Where nobody can call it there is no router that would have to be told.
    const isRouted = 'stage' in event && !definitionOf(model, event.stage ?? '')?.portless
    if (
      event.type === 'traffic-shifted' &&
      isRouted &&
      !inForceOnce.has(`${event.stage} ${event.generation}`)
    )
      broken(
        'what the log says of a plan is what the router was given',
        `${event.stage} generation ${event.generation} was never in force`,
      )
    checkRollout(facts, event)
    checkWarm(facts, event)
    checkGates(facts, event)
    checkEntry(facts, event)
    checkEvidence(facts, event)
    checkSearch(facts, event)
    apply(model, event, clock.monotonicMs())
    state = evolve(state, event)
  }

  const onTraffic: Rules['onTraffic'] = (plan, before) => {
    const weights = plan.arms.map((arm) => arm.weightPercent)
    const sum = weights.reduce((all, weight) => all + weight, 0)
    if (sum !== 0 && Math.abs(sum - 100) > 1e-6)
      broken(
        'weights sum to 100 or are all 0',
        `${environmentKey(plan.environment)} got ${weights.join(' + ')}`,
      )
    if (before && before.generation >= plan.generation)
      broken('no plan gives way to an older one', `${before.generation} gave way to ${plan.generation}`)
    inForceOnce.add(`${plan.environment.stage} ${plan.generation}`)
    checkTracks(plan, broken)
    for (const { id } of plan.arms.flatMap((arm) => arm.instances)) {
      const instance = target.instance(id)
      if (!instance?.wasReady) broken('a plan names only instances that were ready', `${id} never was`)
      else if (stopped.has(id))
        broken(
          'a plan names no instance that was taken away',
          `${id} is named by generation ${plan.generation}`,
        )
    }
  }

  const stopped = new Set<string>()
  const inForceOnce = new Set<string>()
  const onStopped: Rules['onStopped'] = (instance, plan) => {
    stopped.add(instance.id)
    const isNamed = (arms: readonly { instances: readonly { id: string }[] }[]): boolean =>
      arms.some((arm) => arm.instances.some(({ id }) => id === instance.id))
    const rule = 'capacity goes only after the router acknowledged a plan without it'
    if (plan && isNamed(plan.arms))
      broken(rule, `${instance.id} is in the plan in force (${plan.generation})`)
    const acknowledged = stageOf(model, instance.environment.stage)
    if (isNamed(acknowledged.arms))
      broken(rule, `${instance.id} is in the acknowledged plan (${acknowledged.generation})`)
  }

  return {
    onEvent,
    onTraffic,
    onStopped,
    onTask: (key, { environment }, beside) => {
      const [other] = beside
      if (other !== undefined)
        broken('two release commands never run at once in an environment', `${key} began beside ${other}`)
      const attempt = Number(/release-(\d+)$/.exec(key)?.[1])
      const run = state.stages[environment.stage]?.command
      const isAllowed = run?.attempt === attempt && key.includes(`rollout-${run.rollout}/`)
      if (attempt > 1 && !isAllowed)
        broken('a release command runs once more only when a person says so', `${key} began by itself`)
    },
    onSpawned: (instance, beside) => {
      checkCommandFirst(state, instance, broken)
      checkTakesWork(model, instance, broken)
      const { rollout } = stageOf(model, instance.environment.stage)
      const replaces = rollout?.steps.every((step) => step.kind === 'replace') ?? false
      if (!replaces || rollout?.release !== instance.release) return
      const other = beside.find(({ release }) => release !== instance.release)
      if (other)
        broken(
          'what may not run twice never does',
          `${instance.id} starts beside ${other.id}, which is ${other.state}`,
        )
    },
    onStaleWrite: (what, seen, got) =>
      broken('fences never go backwards', `${what} took ${got} after ${seen}`),
    broken,
    violation: () => first,
    definition: () => model.definition,
    shaOf: (release) => model.shas.get(release),
    model,
    everywhere: createEverywhereRules(broken),
    replayed: () => ({ state, version }),
    eventCounts: () => counts,
  }
}

/** Whoever is on a track is led to something that runs, or is told that nothing does. */
function checkTracks({ tracks = [], arms, rules = [] }: EnvironmentPlan, broken: Break): void {
  const runs = new Set(arms.filter(({ instances }) => instances.length > 0).map(({ release }) => release))
  for (const { track, shares } of tracks) {
    const sum = shares.reduce((all, { weightPercent }) => all + weightPercent, 0)
    if (sum !== 0 && sum !== 100) broken('the shares of a track sum to 100 or are none', `${track}: ${sum}`)
    for (const { release } of shares)
      if (!runs.has(release)) broken('a track leads to what runs', `${track} leads to #${release}`)
  }
  if (new Set(rules.map(({ id }) => id)).size !== rules.length)
    broken('a rule has a number of its own', rules.map(({ id }) => id).join(', '))
}

/** A release that enters for the first time has no instance before its command ended well. */
function checkCommandFirst(state: ServiceState, { environment, release, id }: Instance, broken: Break): void {
  const stage = state.stages[environment.stage]
  const { rollout, command } = stage ?? {}
  if (!stage || !rollout?.command || rollout.release !== release || rollout.direction === 'back') return
  // What people look at on a track or by a rule, and what is checked beside the stage, is no part of its rollout.
  const isTrack = isBeside(stage, release)
  // A fleet is known only once its first instance started, so one that is known here stood before the rollout.
  const stood = (stage.fleets[release]?.count ?? 0) > 0
  const wasThere =
    stood || stage.before.includes(release) || stage.live?.release === release || stage.unheard[release]
  if (isTrack || wasThere || rollout.rollout !== stage.rolloutCount) return
  if (command?.rollout !== rollout.rollout || command.state !== 'passed')
    broken('no instance starts before the release command of its rollout ended well', `${id} did`)
}

function isBeside({ routes, beside }: StageState, release: number): boolean {
  return (
    Object.values(routes.tracks).some((track) => track.release === release) ||
    routes.rules.some(({ to }) => 'release' in to && to.release === release) ||
    beside?.release === release
  )
}

function checkNumbers({ model, broken }: Known, event: ServiceEvent): void {
  if (event.type === 'change-merged' && event.release !== model.head + 1)
    broken('release numbers grow by one', `#${event.release} follows #${model.head}`)
  if (event.type === 'rollout-started' && event.rollout !== stageOf(model, event.stage).rolloutCount + 1)
    broken('rollout numbers grow by one', `${event.stage} rollout ${event.rollout}`)
  if (event.type === 'traffic-shifted' && event.generation <= stageOf(model, event.stage).generation)
    broken('generations only grow', `${event.stage} generation ${event.generation}`)
}

/** All commits a release holds: its history, and what trailers and people say it contains. Oldest first. */
function commitsOf(model: Model, git: Git, release: number): readonly Commit[] {
  const sha = model.shas.get(release)
  if (sha === undefined) return []
  const found = new Map(git.history(sha).map((commit) => [commit.sha, commit]))
  const speakers = [...model.words].filter(
    ([speaker]) => speaker === release || found.has(model.shas.get(speaker) ?? ''),
  )
  for (const commit of git.history(sha))
    for (const patch of commit.includes) {
      const included = git.byPatch(patch)
      if (included) found.set(included.sha, included)
    }
  for (const word of speakers.flatMap(([, words]) => [...words]))
    for (const commit of git.history(model.shas.get(word) ?? sha)) found.set(commit.sha, commit)
  return [...found.values()].toSorted((left, right) => left.order - right.order)
}
