// One service as people see it: events folded into state, and what was seen, made into rows. Pure.
import type { ReleaseRow, ServiceView, StageView } from '../api/board.ts'
import { spellsAlone, watchedMs, type Evidence } from '../domain/analysis/evidence.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { ApprovalDefinition, ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import { windowAt, windowTimeText } from '../domain/pipeline/window.ts'
import { carriedBy, soakedMsOf, watchSpentMs } from '../domain/service/assess.ts'
import { revertText } from '../domain/service/found-revert.ts'
import { couldGoBackTo } from '../domain/service/go-back.ts'
import { liftedBy, unclearedIn } from '../domain/service/lifting.ts'
import { promisedEnd } from '../domain/service/lock-times.ts'
import { approversOf, settingsApproval, settingsApprovers } from '../domain/service/approvals.ts'
import { laneOfCode } from '../domain/service/held-elsewhere.ts'
import { settingsToGive } from '../domain/service/settings.ts'
import { candidates, liveOrLast, nextUp } from '../domain/service/queue.ts'
import {
  markOf,
  stageOf,
  type Lock,
  type Release,
  type Rollout,
  type ServiceState,
  type StageState,
} from '../domain/service/state.ts'
import { budgetTold } from '../domain/service/stop-budget.ts'
import { warmReleases } from '../domain/service/wanted.ts'
import { armsSeen } from './arms-seen.ts'
import { searchView } from './search-view.ts'
import { standingOf } from './standing.ts'
import { roundReasons } from '../domain/service/way-round.ts'
import { whyNotIn, whyRollout, whyStanding, type Seen } from './why.ts'
import { baseOf, inOrder, isOfLine, releaseName } from '../domain/release-number.ts'

export type ServiceSeen = Seen & {
  readonly addresses: (stage: string, release?: ReleaseNumber) => readonly string[]
  readonly trouble: { readonly code: string; readonly message: string; readonly since: number } | undefined
}

/** Releases on the board at once; older ones are on their own pages. */
export const RELEASES_SHOWN = 50
const WAITING_SHOWN = 20

export function serviceView(state: ServiceState, service: ServiceDefinition, seen: ServiceSeen): ServiceView {
  const live = Object.values(state.stages).flatMap((stage) => stage.live?.release ?? [])
  const oldest = Math.min(state.head, ...live.map(baseOf))
  return {
    service: service.service,
    git: service.source.git,
    branch: service.source.branch,
    sourceTrouble: seen.trouble ? { code: seen.trouble.code, text: seen.trouble.message, until: null } : null,
    rewritten: state.rewritten
      ? {
          lost: [...state.rewritten.lost],
          fresh: state.rewritten.fresh.map(({ sha, subject }) => ({ sha, subject })),
        }
      : null,
    releases: Object.keys(state.releases)
      .map(Number)
      .filter((release) => baseOf(release) >= oldest - 5 || !isOfLine(release))
      .sort((a, b) => inOrder(b, a))
      .slice(0, RELEASES_SHOWN)
      .flatMap((release) => releaseRow(state, service, release, seen) ?? []),
    stages: service.stages.map((definition) => stageView(state, service, definition, seen)),
  }
}

export function releaseRow(
  state: ServiceState,
  service: ServiceDefinition,
  number: ReleaseNumber,
  seen: ServiceSeen,
): ReleaseRow | undefined {
  const release = state.releases[number]
  if (!release) return undefined
  const { change, build, rejected, revert, added } = release
  return {
    release: number,
    name: releaseName(number),
    origin: originRow(release),
    sha: change.sha,
    subject: change.subject,
    author: change.author.name,
    mergedBy: change.committer.name === change.author.name ? null : change.committer.name,
    coAuthors: change.coAuthors.map((person) => person.name),
    pullRequest: change.pullRequest,
    mergedAt: release.mergedAt,
    build: buildRow(release),
    rejected: rejected ? { by: rejected.by, reason: rejected.reason, at: rejected.at } : null,
    revert: revert
      ? { branch: revert.state === 'ready' ? revert.branch : null, text: revertText(number, revert) }
      : null,
    lifts: [...liftedBy(state, release)],
    standings: service.stages
      .filter((definition) => isForStage(release, definition.stage))
      .map((definition) => ({
        stage: definition.stage,
        standing: standingOf(state, stageOf(state, definition.stage), number),
        why: [...whyStanding(state, service, definition, number, seen)],
      })),
    artifact: build.state === 'done' ? build.artifact : null,
    added: added ?? null,
    address: releaseAddress(state, service, number, seen),
  }
}

function originRow({ origin, change }: Release): ReleaseRow['origin'] {
  switch (origin.kind) {
    case 'line':
      return { kind: origin.kind, text: null, onto: null }
    case 'cherry-pick': {
      const picked = origin.picked.map(({ sha, release }) =>
        release === null ? sha.slice(0, 7) : releaseName(release),
      )
      return {
        kind: origin.kind,
        text: `${picked.join(' and ')} on ${releaseName(origin.onto)}`,
        onto: origin.onto,
      }
    }
    case 'settings': {
      const { of, stage, version, restores } = origin
      const which = restores === null ? `version ${version}` : `version ${restores} and the secrets of today`
      return { kind: origin.kind, text: `${releaseName(of)} with settings of ${stage}, ${which}`, onto: of }
    }
    case 'off-line':
      return { kind: origin.kind, text: origin.label || change.sha.slice(0, 7), onto: null }
  }
}

/** Settings are of one stage, and so is a release that brings them. */
function isForStage({ origin }: Release, stage: string): boolean {
  return origin.kind !== 'settings' || origin.stage === stage
}

function buildRow({ build }: Release): ReleaseRow['build'] {
  return {
    state: build.state,
    attempt: build.attempt,
    message: build.state === 'failed' ? build.message : null,
    startedAt: 'startedAt' in build ? build.startedAt : null,
    endedAt: 'endedAt' in build ? build.endedAt : null,
  }
}

function releaseAddress(
  state: ServiceState,
  service: ServiceDefinition,
  release: ReleaseNumber,
  seen: ServiceSeen,
): string | null {
  const there = service.stages.findLast((definition) =>
    stageOf(state, definition.stage).plan.arms.some((arm) => arm.release === release),
  )
  return there ? (seen.addresses(there.stage, release)[0] ?? null) : null
}

function stageView(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  seen: ServiceSeen,
): StageView {
  const stage = stageOf(state, definition.stage)
  const evidence = seen.evidence(definition.stage)
  return {
    stage: definition.stage,
    addresses: [...seen.addresses(definition.stage)],
    isLast: service.stages.at(-1) === definition,
    live: stage.live ? (releaseRow(state, service, stage.live.release, seen) ?? null) : null,
    liveSince: stage.live?.since ?? null,
    warm: warmReleases(stage).filter((release) => stage.fleets[release] !== undefined),
    rollout: stage.rollout ? rolloutView(state, definition, stage.rollout, seen) : null,
    bake: bakeView(state, definition, stage, evidence),
    watch: stage.watch
      ? {
          release: stage.watch.release,
          watchedMs: watchSpentMs(stage, evidence),
          forMs: definition.watchMs,
        }
      : null,
    locks: stage.locks.map((lock) => lockView(lock, service, definition, seen.now)),
    approve: approveView(state, service, definition, stage, seen.now),
    wayRound: wayRoundView(state, definition, stage),
    beside: stage.beside ? { ...stage.beside, passed: [...stage.beside.passed] } : null,
    lane: laneOfLive(state, stage),
    pin: stage.pin
      ? {
          release: stage.live?.release ?? null,
          by: stage.pin.by,
          reason: stage.pin.reason,
          since: stage.pin.since,
        }
      : null,
    retired: stage.retired
      ? {
          by: stage.retired.by,
          reason: stage.retired.reason,
          since: stage.retired.since,
          instances: Object.values(stage.fleets).reduce((sum, { count }) => sum + count, 0),
        }
      : null,
    window: windowView(definition, seen.now),
    budget: definition.judge === 'thresholds' ? null : (budgetTold(stage, seen.now) ?? null),
    suspects: [...stage.suspects],
    search: searchView(state, definition, seen),
    waiting: waitingIn(state, service, definition, seen),
    couldGoBackTo: [...couldGoBackTo(state, stage)],
    arms: [...armsSeen(evidence.recent)],
    routerSeen: evidence.recent.at(-1)?.routerSeen ?? true,
    unseen: evidence.recent.at(-1)?.unseen ?? null,
  }
}

/** What came as an emergency stays unverified, also under settings that came in the usual way. */
function laneOfLive(state: ServiceState, stage: StageState): StageView['lane'] {
  if (!stage.live) return 'normal'
  const code = laneOfCode(state, stage, stage.live.release)
  return code === 'emergency' ? code : markOf(stage, stage.live.release).lane
}

/** Whom the stage asks, and who said yes to what is next. */
function approveView(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageState,
  now: number,
): StageView['approve'] {
  const { approve } = definition
  if (!approve) return null
  const release = nextUp(state, service, definition, now)?.release ?? null
  const given = release === null ? [] : approversOf(state, stage, approve, release)
  const settings = approvableSettings(definition, stage, approve)
  return { by: [...approve.by], n: approve.n, byHand: approve.byHand, release, given: [...given], settings }
}

function approvableSettings(
  definition: StageDefinition,
  stage: StageState,
  approve: ApprovalDefinition,
): NonNullable<StageView['approve']>['settings'] {
  const version = stage.live ? settingsToGive(stage, stage.live.release) : undefined
  if (!version || stage.wayRound || settingsApproval(definition, stage).length === 0) return null
  const given = [...settingsApprovers(stage, approve, version)]
  return { version: version.version, names: [...version.changed], given }
}

function wayRoundView(
  state: ServiceState,
  definition: StageDefinition,
  { wayRound }: StageState,
): StageView['wayRound'] {
  if (!wayRound) return null
  const { lane, release, by, reason, since, locks, rejected } = wayRound
  const why = [...roundReasons(state, definition, wayRound)]
  return { lane, release, by, reason, since, locks: [...locks], rejected: [...rejected], why }
}

/** Says when it opens in the same words as `why`. */
function lockView(
  lock: Lock,
  { zone }: ServiceDefinition,
  definition: StageDefinition,
  now: number,
): StageView['locks'][number] {
  const { id, owner, reason, since, expiresAt, incident, suspect, hard, everywhere } = lock
  const opensAt = promisedEnd(lock, definition, zone, now)
  const kind = { hard: hard ?? false, everywhere: everywhere ?? false }
  return { id, owner, reason, since, expiresAt, opensAt, incident, suspect, ...kind }
}

function rolloutView(
  state: ServiceState,
  definition: StageDefinition,
  rollout: Rollout,
  seen: Seen,
): StageView['rollout'] {
  const held =
    rollout.phase === 'gate' &&
    whyRollout(state, definition, rollout, seen).some(({ code }) => code.startsWith('gate/'))
  return {
    rollout: rollout.rollout,
    release: rollout.release,
    from: rollout.from,
    direction: rollout.direction,
    lane: rollout.lane,
    paused: rollout.paused,
    asksConfirm: rollout.confirmAsked === rollout.step && rollout.confirmed !== rollout.step,
    startedAt: rollout.startedAt,
    by: rollout.by,
    step: rollout.step + 1,
    steps: rollout.steps.map(({ kind, percent, soakMs }) => ({
      label: stepLabel(kind, percent),
      percent,
      soakMs,
    })),
    phase: phaseWord(rollout, held),
    phaseSince: rollout.phaseSince,
    soakedMs: soakedMsOf(rollout, seen.evidence(definition.stage)),
    why: [...whyRollout(state, definition, rollout, seen)],
  }
}

function phaseWord(rollout: Rollout, held: boolean): NonNullable<StageView['rollout']>['phase'] {
  if (held) return 'held'
  if (rollout.phase === 'preparing') return 'starting'
  if (rollout.phase === 'gate') return 'shifting'
  return rollout.direction === 'back' && rollout.phase === 'soaking' ? 'finishing' : rollout.phase
}

function stepLabel(kind: string, percent: number): string {
  return kind === 'one-box'
    ? 'one box'
    : kind === 'share'
      ? `${percent} %`
      : kind === 'replace'
        ? 'replace'
        : 'all'
}

function bakeView(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  evidence: Evidence,
): StageView['bake'] {
  const { bake } = definition
  const { live } = stage
  if (!bake || !live || stage.rollout?.direction === 'back') return null
  const changes = unclearedIn(state, definition.stage, live.release, null)
  if (changes.length === 0) return null
  const mark = markOf(stage, live.release)
  return {
    changes: changes.map((release) => ({ release, ...carriedBy(state, stage, evidence, release) })),
    forMs: bake.forMs,
    requests: definition.traffic === 'none' ? 0 : bake.requests,
    ownMs: bake.ownMs,
    ownServedMs: mark.ownServed ? bake.ownMs : watchedMs(spellsAlone(evidence, live.release, mark.sinceTick)),
    hold: stage.stuck
      ? { code: 'bake/stuck', text: stage.stuck.reason, until: null }
      : stage.hold
        ? { code: 'bake/hold', text: stage.hold.reason, until: null }
        : null,
    asked: stage.asked
      ? {
          code: 'bake/asked',
          text: `too little was seen of ${releaseName(stage.asked.release)}; accept or reject it`,
          until: null,
        }
      : null,
  }
}

function windowView(definition: StageDefinition, now: number): StageView['window'] {
  const { window } = definition
  if (!window) return null
  const { open, changesAt } = windowAt(window, now)
  const when = changesAt === null ? null : windowTimeText(window, changesAt, now)
  const text = open
    ? when === null
      ? 'always open'
      : `open until ${when}`
    : when === null
      ? 'never opens'
      : `opens ${when}`
  return { open, changesAt, zone: window.zone, text }
}

function waitingIn(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  seen: Seen,
): StageView['waiting'] {
  const stage = stageOf(state, definition.stage)
  return candidates(state, liveOrLast(stage))
    .filter((release) => release !== stage.rollout?.release)
    .slice(-WAITING_SHOWN)
    .map((release) => ({ release, why: [...whyNotIn(state, service, definition, release, seen)] }))
}
