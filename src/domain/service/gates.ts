// What stands between a release and a stage, in words people can read. `enter` and `take-step` ask these same
// functions, and so do the board and `why`: nothing waits silently, and nobody says otherwise elsewhere.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition, WindowDefinition } from '../pipeline/definition.ts'
import { windowAt, windowTimeText } from '../pipeline/window.ts'
import { missingReason } from './added-artifact.ts'
import { approvalReasons, settingsApproval } from './approvals.ts'
import { backFillOf } from './back-fill.ts'
import { aheadReason } from './ahead.ts'
import { comparingReason } from './comparing.ts'
import { contains, covers, isOnLineOf, lacking } from './contains.ts'
import type { GateReason } from './gate-reason.ts'
import { WAYS, wayOf, type Passes } from './lanes.ts'
import { blockedBy, isLifted, liftedBy } from './lifting.ts'
import { isSinceThePin } from './settings.ts'
import { promisedEnd } from './lock-times.ts'
import { retiredReason } from './retire-stage.ts'
import { needsReason } from './needs.ts'
import { passedBefore } from './passing.ts'
import { markOf, stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'
import { releaseName } from '../release-number.ts'
import { lineBook, workedOut } from './worked-out.ts'

/** Lock, window and history: what stops an entry and every further step alike. */
export function closedGate(
  state: ServiceState,
  definition: StageDefinition,
  now: EpochMs,
  kind: 'entry' | 'step',
): readonly GateReason[] {
  const stage = stageOf(state, definition.stage)
  const reasons: GateReason[] = []
  // What goes round the queue enters by `roundReasons`; its further steps pass here.
  const rules = WAYS[kind === 'step' && stage.rollout ? wayOf(state, stage.rollout) : 'normal']
  const named = rules.lock === 'by name' ? (stage.wayRound?.locks ?? []) : []
  for (const lock of stage.locks.filter(({ id }) => !named.includes(id)))
    reasons.push({
      code: 'gate/locked',
      text: `${definition.stage} ${lock.everywhere ? 'of every service ' : ''}is locked by ${lock.owner}: ${lock.reason}`,
      until: promisedEnd(lock, definition, state.definition?.zone ?? 'UTC', now),
    })
  if (kind === 'step' && stage.rollout?.paused)
    reasons.push({ code: 'gate/paused', text: pausedText(stage.rollout.paused), until: null })
  if (rules.lock === 'waits' && stage.locks.length > 0 && stage.lockAlone?.warned)
    reasons.push({
      code: 'gate/locked-long',
      text: `for more than 12 h nothing but a lock has kept ${releaseName(stage.lockAlone.release)} out of ${definition.stage}; lift it if it is forgotten`,
      until: null,
    })
  if (rules.history === 'waits' && state.rewritten)
    reasons.push({
      code: 'gate/history',
      text: 'the branch was rewritten; a person must look at it and accept the history',
      until: null,
    })
  if (kind === 'step' && stage.hold && rules.hold === 'waits')
    reasons.push({ code: 'gate/hold', text: `on hold: ${stage.hold.reason}`, until: null })
  if (kind === 'step') reasons.push(...pinReason(stage, rules, settingsBrought(state, stage.rollout)))
  if (rules.window === 'waits') reasons.push(...windowReason(state, definition, stage, now, kind))
  return reasons
}

/** Who sets something for a pinned stage means it: `brings` is the version of the settings that come in. */
function pinReason(stage: StageState, { pin }: Passes, brings: number | undefined): readonly GateReason[] {
  if (!stage.pin || pin === 'passes') return []
  if (pin === 'when set after it' && brings !== undefined && isSinceThePin(stage.settings, brings)) return []
  return [{ code: 'gate/pinned', text: pinText(stage), until: null }]
}

function settingsBrought(state: ServiceState, rollout: Rollout | null): number | undefined {
  const origin = rollout ? state.releases[rollout.release]?.origin : undefined
  return origin?.kind === 'settings' ? origin.version : undefined
}

export function pausedText({ by, reason }: NonNullable<Rollout['paused']>): string {
  return `${by.kind === 'person' ? by.name : 'the machine'} paused it: ${reason}`
}

function pinText(stage: StageState): string {
  const by = stage.pin?.by.kind === 'person' ? stage.pin.by.name : 'the machine'
  return `${stage.stage} is pinned to what it runs by ${by}: ${stage.pin?.reason ?? ''}`
}

function windowReason(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  now: EpochMs,
  kind: 'entry' | 'step',
): readonly GateReason[] {
  // Where the stage is empty, health and checks are enough to enter it.
  if (!definition.window || (stage.live === null && isFirstEntry(state, stage))) return []
  const window = windowAt(definition.window, now)
  if (!window.open) {
    const when =
      window.changesAt === null
        ? 'never, by its definition'
        : windowTimeText(definition.window, window.changesAt, now)
    const text = `the window of ${definition.stage} is closed and opens ${when}`
    const until = kind === 'step' ? window.changesAt : fitsAt(definition, definition.window, now)
    return [{ code: 'gate/window', text, until }]
  }
  if (kind === 'entry' && window.changesAt !== null && now + rolloutMs(definition) > window.changesAt) {
    const until = fitsAt(definition, definition.window, window.changesAt)
    const next =
      until === null
        ? 'and no window to come is long enough: shorten its soaks, or widen the window'
        : 'it waits for one that is long enough'
    const text = `the rollout of ${definition.stage} would not end inside its window; ${next}`
    return [{ code: 'gate/window-short', text, until }]
  }
  return []
}

/** Openings that are looked at for one that is long enough. */
const OPENINGS_MAX = 20

/** The next opening in which the rollout ends before it closes; null where there is none for weeks. */
function fitsAt(definition: StageDefinition, window: WindowDefinition, now: EpochMs): EpochMs | null {
  let at = now
  for (let openings = 0; openings < OPENINGS_MAX; openings += 1) {
    const opensAt = windowAt(window, at).changesAt
    if (opensAt === null) return null
    const closesAt = windowAt(window, opensAt).changesAt
    if (closesAt === null || opensAt + rolloutMs(definition) <= closesAt) return opensAt
    at = closesAt
  }
  return null
}

function isFirstEntry(_state: ServiceState, stage: StageState): boolean {
  return stage.before.length === 0
}

/** How long a rollout takes at least. */
export function rolloutMs(definition: StageDefinition): number {
  return definition.rollout.reduce((sum, step) => sum + step.soakMs, 0)
}

/** Everything that keeps `release` from entering a stage now; empty when it may. */
export function entryReasons(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
  now: EpochMs,
): readonly GateReason[] {
  const stage = stageOf(state, definition.stage)
  const reasons: GateReason[] = [...ownReasons(state, service, definition, release)]
  reasons.push(...stageReasons(state, stage, release))
  if (!(stage.live && liftsAnything(state, release, stage.live.release)))
    reasons.push(...aheadReason(state, service, definition))
  reasons.push(...approvalReasons(state, definition, release), ...settingsApproval(definition, stage))
  reasons.push(...closedGate(state, definition, now, 'entry'))
  return reasons
}

const ownKnown = workedOut((..._parts: readonly unknown[]) => new Map<ReleaseNumber, readonly GateReason[]>())

/**
 * All that `findOwnReasons` reads: of the stage, of the one before it, and what is live in those after it. Most events
 * of a rollout change none of it.
 */
function ownParts(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
): readonly unknown[] {
  const { live, marks, before, settings } = stageOf(state, definition.stage)
  const parts: unknown[] = [
    lineBook(state),
    state.compared,
    state.head,
    service,
    definition,
    live,
    marks,
    before,
    settings,
  ]
  const at = service.stages.findIndex(({ stage }) => stage === definition.stage)
  const earlier = service.stages[at - 1]
  if (earlier) {
    const stage = stageOf(state, earlier.stage)
    parts.push(stage.live, stage.marks, stage.rollout?.release)
  }
  for (let later = at + 1; later < service.stages.length; later += 1)
    parts.push(stageOf(state, service.stages[later]!.stage).live)
  return parts
}

/** Reasons that lie in the release itself: its build, its past, what it contains, the stage before. */
export function ownReasons(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
): readonly GateReason[] {
  const known = ownKnown(...ownParts(state, service, definition))
  const reasons = known.get(release) ?? findOwnReasons(state, service, definition, release)
  known.set(release, reasons)
  return reasons
}

function findOwnReasons(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
): readonly GateReason[] {
  const stage = stageOf(state, definition.stage)
  const reasons: GateReason[] = []
  const record = state.releases[release]
  if (!record) return [{ code: 'release/unknown', text: `${releaseName(release)} is not known`, until: null }]
  if (record.build.state === 'failed')
    reasons.push({ code: 'build/failed', text: `its build failed: ${record.build.message}`, until: null })
  else if (record.build.state !== 'done')
    reasons.push(
      missingReason(service, record) ?? { code: 'build/not-done', text: 'it is being built', until: null },
    )
  const head = state.releases[state.head]
  const isFilling = backFillOf(state, service, definition) === release
  if (record.line < 0 && !isFilling)
    return [
      ...reasons,
      {
        code: 'gate/off-line',
        text: 'it is not of the line, and enters nothing by itself',
        until: null,
      },
    ]
  if (record.line >= 0 && head && !isOnLineOf(state, head, record))
    reasons.push({
      code: 'gate/lost',
      text: 'its commit is no longer on the branch',
      until: null,
    })
  const mark = markOf(stage, release)
  if (mark.entered && !mark.again) reasons.push(enteredReason(state, stage, release))
  for (const blocker of blockedBy(state, release, definition.stage))
    reasons.push({
      code: 'gate/rejected',
      text:
        blocker === release
          ? `${releaseName(release)} was rejected: ${state.releases[blocker]?.rejected?.reason ?? ''}`
          : `it contains ${releaseName(blocker)}, which was rejected, and nothing in it reverts or fixes that`,
      until: null,
    })
  const missing = stage.live ? lacking(state, release, stage.live.release) : []
  if (stage.live && missing.length > 0)
    reasons.push(
      covers(state, stage.live.release, release)
        ? {
            code: 'gate/superseded',
            text: `superseded: ${definition.stage} runs ${releaseName(stage.live.release)}, which contains it`,
            until: null,
          }
        : {
            code: 'gate/lacks-live',
            text: `${definition.stage} runs ${releaseName(stage.live.release)}, and this release lacks ${list(missing).replace(' or ', ' and ')} of it; merge it back, or say so with accept --contains`,
            until: null,
          },
    )
  reasons.push(...comparingReason(state, release), ...needsReason(state, stage, release))
  if (WAYS[isFilling ? 'back-fill' : 'normal'].bake === 'waits')
    reasons.push(...passedBefore(state, service, definition, release))
  return reasons
}

function enteredReason(state: ServiceState, stage: StageState, release: ReleaseNumber): GateReason {
  const mark = markOf(stage, release)
  const back = `the next new release carries it, or: sluice retry '${releaseName(release)}' ${stage.stage}`
  if (mark.takenOut === 'person')
    return { code: 'gate/taken-out', text: `a person took it out of ${stage.stage}; ${back}`, until: null }
  if (mark.against !== null)
    return {
      code: 'gate/failed-here',
      text: `it failed in ${stage.stage} (${mark.against}); ${back}`,
      until: null,
    }
  const live = stage.live?.release
  if (live !== undefined && live !== release && covers(state, live, release))
    return {
      code: 'gate/superseded',
      text: `superseded: ${stage.stage} runs ${releaseName(live)}, which contains it`,
      until: null,
    }
  return { code: 'gate/entered-before', text: `it was in ${stage.stage} before; ${back}`, until: null }
}

/** Reasons that lie in what the stage is doing now. */
export function stageReasons(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
  /** Version of the settings that come in, where it is they that come. */
  brings?: number,
): readonly GateReason[] {
  const rules = WAYS[brings === undefined ? 'normal' : 'settings']
  const reasons: GateReason[] = [...retiredReason(stage), ...pinReason(stage, rules, brings)]
  if (stage.wayRound && stage.rollout?.release !== stage.wayRound.release)
    reasons.push({
      code: 'gate/way-round',
      text: `${stage.wayRound.lane === 'hotfix' ? 'the hotfix' : 'the emergency'} ${releaseName(stage.wayRound.release)} goes first`,
      until: null,
    })
  if (stage.rollout)
    reasons.push({
      code: 'gate/rollout-under-way',
      text: `${releaseName(stage.rollout.release)} is rolling out in ${stage.stage}`,
      until: null,
    })
  const unlifted = stage.suspects.filter((suspect) => !isLifted(state, suspect, release))
  if (unlifted.length > 0)
    reasons.push({
      code: 'gate/suspects',
      text: `a bake broke in ${stage.stage} and it is one of ${list(unlifted)}; ${stage.search ? 'which one is being looked for, unless somebody names it (reject) or reverts or fixes all of them first' : 'name it (reject), or revert or fix all of them'}`,
      until: null,
    })
  if (stage.stuck && !(stage.live && liftsAnything(state, release, stage.live.release)))
    reasons.push({ code: 'gate/stuck', text: stage.stuck.reason, until: null })
  if (stage.asked && !(stage.live && liftsAnything(state, release, stage.live.release)))
    reasons.push({
      code: 'gate/asked',
      text: `${releaseName(stage.asked.release)} waits for an answer in ${stage.stage} (accept or reject)`,
      until: null,
    })
  const live = stage.live
  if (live && !markOf(stage, live.release).ownServed && !liftsAnything(state, release, live.release))
    reasons.push({
      code: 'gate/own',
      text: `${releaseName(live.release)} is serving its own time in ${stage.stage} first`,
      until: null,
    })
  return reasons
}

/** Whether `release` reverts or fixes something of what is served: then it comes in at once. */
function liftsAnything(state: ServiceState, release: ReleaseNumber, live: ReleaseNumber): boolean {
  return state.lifters.some((number) => {
    const lifter = state.releases[number]
    return (
      lifter !== undefined &&
      contains(state, release, number) &&
      !contains(state, live, number) &&
      liftedBy(state, lifter).some(
        (change) => contains(state, live, change) && isLifted(state, change, release),
      )
    )
  })
}

export function list(releases: readonly ReleaseNumber[]): string {
  const names = releases.map((release) => releaseName(release))
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
