// The only way state changes. Total: it never refuses, and it decides nothing.
import type { ReleaseNumber, StageName } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { baseOf, countOf } from '../release-number.ts'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { addedFor, withArtifact, withoutArtifact } from './added-artifact.ts'
import { settle } from './evolve-rollout.ts'
import { evolveStage } from './evolve-stage.ts'
import {
  emptyStage,
  type BuildState,
  type GoneStage,
  type Origin,
  type Release,
  type ServiceState,
  type StageState,
} from './state.ts'
import { withFile, withRestored } from './settings.ts'
import { withRevert } from './found-revert.ts'
import { forgetOld } from './forget.ts'
import { hasOtherSettings } from './plan-settings.ts'
import { isOwnChange } from './off-line.ts'
import { countTakenBack, withBudget } from './stop-budget.ts'
import { giveUpSurplus, missingFleets, sameRoutes, wantedRoutes } from './wanted.ts'

export function evolve(state: ServiceState, event: ServiceEvent): ServiceState {
  const after = changed(state, event)
  const version = state.version + 1
  return { ...after, version, stages: withWishes(state, after, version) }
}

const NOTHING_WANTED = { arms: [], tracks: [], rulesAt: 0 } as const

/** Notes in which stages the event made another plan wanted, and which instances are or are not to be counted on. */
function withWishes(before: ServiceState, after: ServiceState, version: number): ServiceState['stages'] {
  let { stages } = after
  if (stages === before.stages && before.definition === after.definition) return stages
  for (const definition of after.definition?.stages ?? []) {
    const stage = after.stages[definition.stage]
    const old = before.stages[definition.stage]
    if (!stage || (stage === old && before.definition === after.definition)) continue
    const oldDefinition = before.definition?.stages.find(({ stage: name }) => name === definition.stage)
    const oldRoutes = old && oldDefinition ? wantedRoutes(oldDefinition, old) : NOTHING_WANTED
    const isOther = !sameRoutes(oldRoutes, wantedRoutes(definition, stage)) || isFirstFailure(old, stage)
    const wishedAt = isOther ? version : stage.wishedAt
    const unheard = old && oldDefinition ? unheardOf(oldDefinition, old, definition, stage) : stage.unheard
    const noted =
      wishedAt === stage.wishedAt && unheard === stage.unheard ? stage : { ...stage, wishedAt, unheard }
    const kept = giveUpSurplus(definition, noted)
    if (kept !== stage) stages = { ...stages, [definition.stage]: kept }
  }
  return stages
}

/** Nobody was ever served there: routers must learn of the place all the same, to say that nothing is well there yet. */
function isFirstFailure(old: StageState | undefined, stage: StageState): boolean {
  const isOver = old !== undefined && old.rollout !== null && stage.rollout === null
  return isOver && stage.live === null && stage.plan.generation === 0
}

/** A target that was asked for instances may have them, even if nothing asks for them any more before it answered. */
function unheardOf(
  oldDefinition: StageDefinition,
  old: StageState,
  definition: StageDefinition,
  stage: StageState,
): StageState['unheard'] {
  const missed = missingFleets(oldDefinition, old)
  if (missed.length === 0) return stage.unheard
  const missing = missingFleets(definition, stage)
  const dropped = missed.filter(
    ({ release, count }) =>
      count > (missing.find((fleet) => fleet.release === release)?.count ?? 0) &&
      count > Math.max(stage.fleets[release]?.count ?? 0, stage.unheard[release] ?? 0),
  )
  if (dropped.length === 0) return stage.unheard
  return { ...stage.unheard, ...Object.fromEntries(dropped.map(({ release, count }) => [release, count])) }
}

function changed(state: ServiceState, event: ServiceEvent): ServiceState {
  switch (event.type) {
    case 'service-configured':
      return configured(state, event, state.version + 1)
    case 'change-merged':
      return merged(state, event)
    case 'release-made':
      return made(state, event)
    case 'change-taken-in':
      return {
        ...state,
        takenIn: [...state.takenIn, { release: event.release, by: event.takenInBy }],
      }
    case 'line-compared':
      return { ...state, compared: { ...state.compared, [event.release]: event.upTo } }
    case 'history-rewritten':
      return {
        ...state,
        rewritten: {
          at: event.at,
          fork: event.fork,
          lost: event.lost,
          fresh: event.fresh,
          carried: event.carried,
        },
      }
    case 'history-accepted':
      return acceptedHistory(state)
    case 'artifact-added':
      return withArtifact(state, event)
    case 'artifact-forgotten':
      return withoutArtifact(state, event.sha)
    case 'build-started':
      return withBuild(state, event.release, {
        state: 'running',
        attempt: event.attempt,
        startedAt: event.at,
      })
    case 'build-succeeded':
      return withBuild(state, event.release, {
        state: 'done',
        attempt: event.attempt,
        startedAt: startedAt(state, event.release, event.at),
        endedAt: event.at,
        artifact: event.artifact,
        run: event.run,
      })
    case 'build-failed':
      return withBuild(state, event.release, {
        state: 'failed',
        attempt: event.attempt,
        startedAt: startedAt(state, event.release, event.at),
        endedAt: event.at,
        fault: event.fault,
        message: event.message,
      })
    case 'build-retried':
      return withBuild(state, event.release, {
        state: 'waiting',
        attempt: (state.releases[event.release]?.build.attempt ?? 0) + 1,
        ...(state.definition?.build.elsewhere ? { since: event.at } : {}),
      })
    case 'change-rejected':
      return onEveryStage(
        withRelease(state, event.release, (release) => ({
          ...release,
          rejected: { by: event.by, reason: event.reason, at: event.at },
        })),
        (stage) => named(stage, event.release),
      )
    case 'change-unrejected':
      return onEveryStage(
        withRelease(state, event.release, (release) => ({ ...release, rejected: null })),
        (stage) => freed(stage, event.release, event.at),
      )
    case 'containment-accepted':
      return speaks(
        withRelease(state, event.release, (release) => ({
          ...release,
          containsByWord: [...release.containsByWord, event.contains],
        })),
        event.release,
      )
    case 'beside-ended':
      return passedBeside(inStage(state, event.stage, event), event)
    case 'settings-rejected':
      return inStage(
        withRelease(state, event.release, (release) => ({
          ...release,
          rejected: { by: event.by, reason: event.reason, at: event.at },
        })),
        event.stage,
        event,
      )
    case 'culprit-search-ended':
      return inStage(withRevertOwed(state, event), event.stage, event)
    case 'revert-prepared':
      return withRelease(state, event.release, (release) => withRevert(release, event))
    case 'rollout-completed':
      return forgetOld(inStage(state, event.stage, event))
    default:
      return inStage(state, event.stage, event)
  }
}

function configured(
  state: ServiceState,
  { definition, at, by }: Extract<ServiceEvent, { type: 'service-configured' }>,
  version: number,
): ServiceState {
  const stages: Record<StageName, StageState> = {}
  for (const stageDefinition of definition.stages) {
    const { stage, renamedFrom } = stageDefinition
    const before = state.stages[stage] ?? (renamedFrom === null ? undefined : state.stages[renamedFrom])
    const known = before ?? { ...emptyStage(stage), ...state.gone?.[stage] }
    const settings = withFile(known.settings, stageDefinition.env, { at, by })
    const isOther = known.plan.generation > 0 && hasOtherSettings(state.definition, definition, stage)
    const routes = isOther ? { ...known.routes, rulesAt: version } : known.routes
    // A rollout may have waited for a check or for instances that are asked for no more.
    stages[stage] = settle(stageDefinition, { ...known, stage, settings, routes }, at)
  }
  const gone = { ...state.gone, ...goneFrom(state, definition) }
  return { ...state, definition, stages, ...(Object.keys(gone).length > 0 ? { gone } : {}) }
}

/** What is counted by its number stays counted, should a stage of that name come again. */
function goneFrom(state: ServiceState, definition: ServiceDefinition): NonNullable<ServiceState['gone']> {
  const kept = new Set(definition.stages.flatMap(({ stage, renamedFrom }) => [stage, renamedFrom ?? stage]))
  const gone: Record<StageName, GoneStage> = {}
  for (const { stage, rolloutCount, ticksFrom, answeredTick } of Object.values(state.stages))
    if (!kept.has(stage) && rolloutCount > 0) gone[stage] = { rolloutCount, ticksFrom, answeredTick }
  return gone
}

function made(state: ServiceState, event: Extract<ServiceEvent, { type: 'release-made' }>): ServiceState {
  const { release: number, origin, change, at } = event
  const release: Release = {
    release: number,
    origin,
    line: -1,
    change,
    mergedAt: at,
    // Other settings are no other artifact.
    build: (origin.kind === 'settings' && state.releases[origin.of]?.build) || {
      state: 'waiting',
      attempt: 1,
    },
    ...addedOf(state, change.sha, origin),
    rejected: null,
    containsByWord: [],
  }
  const next = {
    ...withoutArtifact(state, change.sha),
    releases: { ...state.releases, [number]: release },
    madeUpon: { ...state.madeUpon, [baseOf(number)]: countOf(number) },
    stages: origin.kind === 'settings' ? givenSettings(state, event, origin) : state.stages,
  }
  // A change of the line speaks by its own commit already, and can be reverted there.
  return isOwnChange(origin) ? saying(next, release) : next
}

function givenSettings(
  state: ServiceState,
  event: Extract<ServiceEvent, { type: 'release-made' }>,
  { stage: name, version, restores }: Extract<Origin, { kind: 'settings' }>,
): ServiceState['stages'] {
  const stage = state.stages[name] ?? emptyStage(name)
  const settings = restores === null ? stage.settings : withRestored(stage.settings, restores, version, event)
  const given = { ...settings, of: { ...settings.of, [event.release]: version } }
  return { ...state.stages, [name]: { ...stage, settings: given } }
}

/** A commit that a rewrite dropped, and that is pushed again, is the same change. */
function withItsFormerName(
  { lines, releases }: ServiceState,
  { release: as, change: { sha } }: Extract<ServiceEvent, { type: 'change-merged' }>,
): ServiceState['lines'] {
  const line = lines.at(-1)
  if (line === undefined || lines.length === 1) return lines
  const former = Object.values(releases).filter((known) => known.line >= 0 && known.change.sha === sha)
  if (former.length === 0) return lines
  const carried = [...line.carried, ...former.map(({ release: lost }) => ({ lost, as }))]
  return [...lines.slice(0, -1), { ...line, carried }]
}

function merged(state: ServiceState, event: Extract<ServiceEvent, { type: 'change-merged' }>): ServiceState {
  const release: Release = {
    release: event.release,
    origin: { kind: 'line' },
    line: state.lines.length - 1,
    change: event.change,
    mergedAt: event.at,
    build: { state: 'waiting', attempt: 1 },
    ...addedOf(state, event.change.sha),
    rejected: null,
    containsByWord: [],
  }
  return saying(
    {
      ...withoutArtifact(state, event.change.sha),
      head: event.release,
      lines: withItsFormerName(state, event),
      releases: { ...state.releases, [event.release]: release },
    },
    release,
  )
}

/** What was added before its commit came, or for the same commit under another number. */
function addedOf(state: ServiceState, sha: string, origin?: Origin): Pick<Release, 'added'> {
  const added = origin?.kind === 'settings' ? undefined : addedFor(state, sha)
  return added ? { added } : {}
}

/** Notes what the release's message says of others. */
function saying(state: ServiceState, { release, change: { says } }: Release): ServiceState {
  const lifts = says.revertsCommits.length + says.revertsPullRequests.length + says.fixes.length > 0
  const next = lifts ? { ...state, lifters: [...state.lifters, release] } : state
  return says.contains.length + says.cherryPickedFrom.length > 0 ? speaks(next, release) : next
}

function speaks(state: ServiceState, release: ReleaseNumber): ServiceState {
  return state.containers.includes(release) ? state : { ...state, containers: [...state.containers, release] }
}

/** The new line begins with the next release; what came back under another name is matched when that one is merged. */
function acceptedHistory(state: ServiceState): ServiceState {
  const { rewritten } = state
  if (!rewritten) return state
  const first = state.head + 1
  const carried = rewritten.carried.flatMap((pair) => {
    const lost = Object.values(state.releases).find((release) => release.change.sha === pair.lost)
    const index = rewritten.fresh.findIndex((change) => change.sha === pair.as)
    return lost && index >= 0 ? [{ lost: lost.release, as: first + index }] : []
  })
  return { ...state, rewritten: null, lines: [...state.lines, { first, fork: rewritten.fork, carried }] }
}

function startedAt(state: ServiceState, release: ReleaseNumber, fallback: number): number {
  const build = state.releases[release]?.build
  return build?.state === 'running' ? build.startedAt : fallback
}

function withBuild(state: ServiceState, release: ReleaseNumber, build: BuildState): ServiceState {
  return withRelease(state, release, (known) => ({ ...known, build }))
}

function withRevertOwed(
  state: ServiceState,
  { culprit }: Extract<ServiceEvent, { type: 'culprit-search-ended' }>,
): ServiceState {
  if (!culprit) return state
  return withRelease(state, culprit.release, (release) => ({ ...release, revert: { state: 'owed' } }))
}

function withRelease(
  state: ServiceState,
  number: ReleaseNumber,
  change: (release: Release) => Release,
): ServiceState {
  const release = state.releases[number]
  return release ? { ...state, releases: { ...state.releases, [number]: change(release) } } : state
}

/** The checks of one more earlier stage are behind it. */
function passedBeside(
  state: ServiceState,
  event: Extract<ServiceEvent, { type: 'beside-ended' }>,
): ServiceState {
  const target = state.stages[event.target]
  if (!event.passed || target?.wayRound?.release !== event.release) return state
  const toCheck = target.wayRound.toCheck.filter((stage) => stage !== event.stage)
  const wayRound = { ...target.wayRound, toCheck }
  return { ...state, stages: { ...state.stages, [event.target]: { ...target, wayRound } } }
}

function onEveryStage(state: ServiceState, change: (stage: StageState) => StageState): ServiceState {
  return {
    ...state,
    stages: Object.fromEntries(Object.entries(state.stages).map(([name, stage]) => [name, change(stage)])),
  }
}

/** A rejection tells suspects apart, and answers what was asked of that release. */
function named(stage: StageState, release: ReleaseNumber): StageState {
  return {
    ...stage,
    suspects: stage.suspects.includes(release) ? [] : stage.suspects,
    asked: stage.asked?.release === release ? null : stage.asked,
  }
}

/** A person took the rejection back: the verdict no longer stands, and it may enter once more (behaviour 1.7). */
function freed(known: StageState, release: ReleaseNumber, at: number): StageState {
  const wasStopped = (known.marks[release]?.against ?? null) !== null
  const stage = wasStopped ? countTakenBack(known, at) : known
  const mark = stage.marks[release]
  if (!mark?.entered || stage.live?.release === release || stage.rollout?.release === release) return stage
  return {
    ...stage,
    marks: { ...stage.marks, [release]: { ...mark, again: true, against: null, takenOut: null } },
  }
}

function inStage(state: ServiceState, name: StageName, event: ServiceEvent): ServiceState {
  const stage = state.stages[name] ?? emptyStage(name)
  const definition = state.definition?.stages.find((candidate) => candidate.stage === name)
  return {
    ...state,
    stages: {
      ...state.stages,
      [name]: withBudget(stage, evolveStage(state, definition, stage, event), event),
    },
  }
}
