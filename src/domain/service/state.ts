// Everything one service's stream has decided so far. One stream holds the line of releases, the stages, their locks,
// pins and rollouts, so that a lock and an entry can never pass each other unseen (docs/decisions/0002).
import type { Change } from '../change/change.ts'
import type { Actor, EpochMs, ReleaseNumber, RolloutNumber, StageName } from '../names.ts'
import type {
  ReleaseCommand,
  RolloutStep,
  RunRecipe,
  ServiceDefinition,
  WorkerCounts,
} from '../pipeline/definition.ts'
import type { PlanInstance, PlanTrack } from '../traffic/plan.ts'
import type { AddedArtifact } from './added-artifact.ts'
import { noRoutes, type RoutesState } from './track-state.ts'
import type { FoundRevert } from './found-revert.ts'
import type { CulpritSearch } from './search-state.ts'
import { noSettings, type StageSettings } from './settings.ts'
import type { StopBudget } from './stop-budget.ts'

export type ServiceState = {
  /** How many events this is the fold of: the version of the stream. */
  readonly version: number
  readonly definition: ServiceDefinition | null
  /** Number of the newest release; 0 before the first. */
  readonly head: ReleaseNumber
  readonly releases: Readonly<Record<ReleaseNumber, Release>>
  /** Releases whose change speaks of others: what lifts (reverts, fixes), and what says it contains something. */
  readonly lifters: readonly ReleaseNumber[]
  readonly containers: readonly ReleaseNumber[]
  /** How many releases were made upon each release of the line, and off it under 0: numbers are never used again. */
  readonly madeUpon: Readonly<Record<ReleaseNumber, number>>
  /** Releases off the line that the line holds by now, each with the oldest release that does. */
  readonly takenIn: readonly TakenIn[]
  /** Stages that are no longer configured, by name. Absent: there was none. */
  readonly gone?: Readonly<Record<StageName, GoneStage>>
  /** Up to which release the line was looked through for what went round it and was rejected; absent: nowhere yet. */
  readonly compared?: Readonly<Record<ReleaseNumber, ReleaseNumber>>
  /** What was added for commits that are not merged yet, by commit. Absent: nothing ever was. */
  readonly artifacts?: Readonly<Record<string, AddedArtifact>>
  /** Lines of history, oldest first; a rewrite that a person accepted begins a new one. */
  readonly lines: readonly HistoryLine[]
  readonly rewritten: Rewrite | null
  readonly stages: Readonly<Record<StageName, StageState>>
}

export type HistoryLine = {
  readonly first: ReleaseNumber
  /** Newest release of the line before that is still in this one; 0 for none. */
  readonly fork: ReleaseNumber
  /** Lost changes that came back under another name. */
  readonly carried: readonly { readonly lost: ReleaseNumber; readonly as: ReleaseNumber }[]
}

export type Rewrite = {
  readonly at: EpochMs
  readonly fork: ReleaseNumber
  readonly lost: readonly ReleaseNumber[]
  readonly fresh: readonly Change[]
  readonly carried: readonly { readonly lost: string; readonly as: string }[]
}

export type Release = {
  readonly release: ReleaseNumber
  readonly origin: Origin
  /** Index into `lines`; -1 for what is not of the line. */
  readonly line: number
  readonly change: Change
  readonly mergedAt: EpochMs
  readonly build: BuildState
  /** What was built of it elsewhere. Absent: nothing was added. */
  readonly added?: AddedArtifact
  readonly rejected: Rejection | null
  /** A search found it: the branch that takes it back. Absent: nobody looked for one. */
  readonly revert?: FoundRevert
  /** Releases a person said it contains (`accept --contains`). */
  readonly containsByWord: readonly ReleaseNumber[]
}

/** Where a release comes from, as Sluice recorded it when the release was made. */
export type Origin =
  /** A first-parent commit of the watched branch. */
  | { readonly kind: 'line' }
  /** Changes taken onto another release: `#5+1`. */
  | {
      readonly kind: 'cherry-pick'
      readonly onto: ReleaseNumber
      /** Commits that were taken, in order, and the releases whose change they are; null for a commit off the line. */
      readonly picked: readonly { readonly sha: string; readonly release: ReleaseNumber | null }[]
    }
  /**
   * The release `of` once more with the settings `version` of one stage, instead of those of version `over`. `restores`:
   * plain settings as in that version, with the secrets of the moment.
   */
  | {
      readonly kind: 'settings'
      readonly of: ReleaseNumber
      readonly stage: StageName
      readonly version: number
      readonly over: number
      readonly restores: number | null
    }
  /** Any other version, by the name a person gave it: `anna/fix@3f2a1`. It never enters `stable`. */
  | { readonly kind: 'off-line'; readonly label: string }

/** The branch took a change back that had gone round it: found by ancestry, or by what the commits do to the files. */
export type TakenIn = { readonly release: ReleaseNumber; readonly by: ReleaseNumber }

export type Rejection = { readonly by: Actor; readonly reason: string; readonly at: EpochMs }

export type BuildState =
  | {
      readonly state: 'waiting'
      readonly attempt: number
      /** Since when an artifact is waited for once more. Absent: since it was merged. */
      readonly since?: EpochMs
    }
  | { readonly state: 'running'; readonly attempt: number; readonly startedAt: EpochMs }
  | {
      readonly state: 'done'
      readonly attempt: number
      readonly startedAt: EpochMs
      readonly endedAt: EpochMs
      readonly artifact: string
      readonly run: RunRecipe
    }
  | {
      readonly state: 'failed'
      readonly attempt: number
      readonly startedAt: EpochMs
      readonly endedAt: EpochMs
      readonly fault: 'code' | 'builder' | 'limit'
      readonly message: string
    }

/** A stage of that name would go on counting here: no rollout has a number that one had before. */
export type GoneStage = Pick<StageState, 'rolloutCount' | 'ticksFrom' | 'answeredTick'>

export type StageState = {
  readonly stage: StageName
  /** What all (or, during a rollout, the rest) of the traffic gets. */
  readonly live: {
    readonly release: ReleaseNumber
    readonly since: EpochMs
    readonly rollout: RolloutNumber
  } | null
  readonly rollout: Rollout | null
  readonly rolloutCount: number
  /** How many were tried and stopped here lately. Absent: nothing was tried since that is counted. */
  readonly budget?: StopBudget
  /** What was live before, newest first; what a rollback goes to is kept warm from here. */
  readonly before: readonly ReleaseNumber[]
  /** What is known of each release here, as release and as change. */
  readonly marks: Readonly<Record<ReleaseNumber, StageMark>>
  readonly locks: readonly Lock[]
  /** The oldest waiting change, while nothing but a lock keeps it, and whether people were warned of that. */
  readonly lockAlone: {
    readonly release: ReleaseNumber
    readonly since: EpochMs
    readonly warned: boolean
  } | null
  readonly pin: Pin | null
  /** Changes of which one must have broken a bake; the gate holds until they are told apart or lifted. */
  readonly suspects: readonly ReleaseNumber[]
  /** Which of them it was is looked for. Absent: not now. */
  readonly search?: CulpritSearch
  /** A broken bake without anything to go back to, or trouble that a person must look at; the gate holds. */
  readonly stuck: { readonly reason: string; readonly at: EpochMs } | null
  readonly hold: { readonly reason: string; readonly since: EpochMs; readonly told: boolean } | null
  /** An inconclusive bake that asks a person. */
  readonly asked: { readonly release: ReleaseNumber; readonly since: EpochMs } | null
  /** A release that skips its bake and goes into the next stage first. */
  readonly jump: ReleaseNumber | null
  readonly watch: {
    readonly release: ReleaseNumber
    readonly since: EpochMs
    /** Last tick before it began: what its rollout was watched for is not counted twice. Absent in older states. */
    readonly sinceTick?: number | undefined
  } | null
  /** What people approved, until it is live. */
  readonly approvals: readonly Approval[]
  /** Whom a head waits for, since when, and when people were told last. */
  readonly approvalAsked: {
    readonly release: ReleaseNumber
    readonly since: EpochMs
    readonly at: EpochMs
    readonly times: number
    /** It is the settings of this version that wait, for what is live. Absent: the release itself. */
    readonly settings?: number | undefined
  } | null
  /** What was chosen at the last unlock, until the next release enters; null: what the config says. */
  readonly afterUnlock: 'each' | 'latest' | null
  /** What goes round the queue into this stage, from a person's word until it is live or has failed. */
  readonly wayRound: WayRound | null
  /** One instance beside this stage, on no track, of what goes round it and still has its checks to pass. */
  readonly beside: Beside | null
  /** Instances the target confirmed, by release. */
  readonly fleets: Readonly<Record<ReleaseNumber, Fleet>>
  /** Releases that are not kept warm here, because memory was short when they were. Absent: none ever was. */
  readonly warmCut?: Readonly<Record<ReleaseNumber, WarmCut>>
  /** What a rollback would go to, when people were told that it holds more memory than is allowed. */
  readonly warmTold?: ReleaseNumber
  /** Instances that were asked for and are no longer wanted, by release: they may be there though nobody heard. */
  readonly unheard: Readonly<Record<ReleaseNumber, number>>
  /** Version at which the target was asked for what it confirmed last, by release: older answers are late ones. */
  readonly askedAt: Readonly<Record<ReleaseNumber, number>>
  readonly plan: AcknowledgedPlan
  /**
   * Version at which another plan was wanted last. A plan asked for earlier may have reached a router unheard, so only
   * an acknowledged generation that is not older tells what the routers do.
   */
  readonly wishedAt: number
  /** Ticks up to this one are no longer needed: not for what is open, nor as what it is compared with. */
  readonly ticksFrom: number
  /** Last tick of the newest question that was answered. */
  readonly answeredTick: number
  /** True when the live release got here by a machine's rollback that nothing has followed yet. */
  readonly machineWentBack: boolean
  /** The release command that ran last. Absent: none ever did. */
  readonly command?: CommandRun
  /** Tracks beside `stable`, and the rules that lead people to them. */
  readonly routes: RoutesState
  /** Variables and secrets, with versions. */
  readonly settings: StageSettings
  /** A person retired it: nothing enters, and it goes with the next configuration. Absent: it stays. */
  readonly retired?: {
    readonly by: Actor
    readonly reason: string
    readonly since: EpochMs
    /** What it ran. */
    readonly live: ReleaseNumber | null
  }
}

/** A hotfix or an emergency on its way into a stage (behaviour section 3). */
export type WayRound = {
  readonly lane: 'hotfix' | 'emergency'
  readonly release: ReleaseNumber
  readonly by: Actor
  readonly reason: string
  readonly since: EpochMs
  /** Locks and rejected changes that were named, and are passed. */
  readonly locks: readonly string[]
  readonly rejected: readonly ReleaseNumber[]
  /** Earlier stages whose checks it has still to pass. */
  readonly toCheck: readonly StageName[]
}

export type Approval = { readonly release: ReleaseNumber; readonly person: string; readonly at: EpochMs }

export type Beside = {
  readonly release: ReleaseNumber
  /** The stage it is on its way to. */
  readonly target: StageName
  readonly since: EpochMs
  /** Names of the checks of this stage that passed. */
  readonly passed: readonly string[]
}

/** One release in one stage: how far it got, and whether its own change is cleared there. */
export type StageMark = {
  /** Entered by itself; it does so once (behaviour 1.7). */
  readonly entered: boolean
  /** May enter once more: a person's retry, or the machine took it out for no fault of its own. */
  readonly again: boolean
  readonly ownServed: boolean
  readonly cleared: 'proven' | 'unproven' | 'accepted' | 'skipped' | 'lifted' | null
  /** A person accepted it, or it survived its watch: a rollback may go to it. */
  readonly trusted: 'accepted' | 'watched' | null
  /** The sentence of the verdict against it, or of what else failed it. */
  readonly against: string | null
  /** The lane it came in by, the last time it came. */
  readonly lane: Lane
  /** Who took it out, when it was served and went. */
  readonly takenOut: 'person' | 'machine' | null
  /** Its evidence counts after this tick: what was seen before it was taken out says nothing of what comes after. */
  readonly sinceTick: number
}

/** `probe`: it is served for a while to tell suspects apart, and never stays. */
export type Lane = 'normal' | 'hotfix' | 'emergency' | 'probe'

export type Rollout = {
  readonly rollout: RolloutNumber
  readonly lane: Lane
  readonly release: ReleaseNumber
  readonly from: ReleaseNumber | null
  readonly direction: 'forward' | 'back'
  readonly by: Actor
  readonly reason: string
  readonly startedAt: EpochMs
  readonly steps: readonly RolloutStep[]
  /** Index into `steps` of the step that is being prepared or soaked. */
  readonly step: number
  /**
   * `preparing`: its instances start; `checking`: they run, no further traffic yet; `gate`: ready for its traffic;
   * `shifting`: the router is told; `soaking`: in force, being watched; `soaked`: passed, the next step is due.
   */
  readonly phase: 'preparing' | 'checking' | 'gate' | 'shifting' | 'soaking'
  readonly phaseSince: EpochMs
  /** Names of this step's checks that passed. */
  readonly passed: readonly string[]
  /** How often this step was tried again after trouble of the machine. */
  readonly tries: number
  /** Last tick before the rollout began; its evidence starts after it. */
  readonly sinceTick: number
  readonly unproven: boolean
  /** What runs once before its first instance. Absent: nothing does. */
  readonly command?: ReleaseCommand
  /** A person keeps it where it stands. */
  readonly paused: { readonly by: Actor; readonly reason: string; readonly since: EpochMs } | null
  /** The step a person was asked to confirm, and the one that was confirmed; -1 for none. */
  readonly confirmAsked: number
  readonly confirmed: number
}

export type Fleet = {
  readonly count: number
  readonly instances: readonly PlanInstance[]
  /** Other processes that the target confirmed. Absent: there are none, or nobody knows. */
  readonly workers?: WorkerCounts | undefined
}

/** A release command, from its start until the next one. */
export type CommandRun = {
  readonly rollout: RolloutNumber
  readonly release: ReleaseNumber
  /** Grows when a person says that it may run once more. */
  readonly attempt: number
  /** `lost`: it ran, and its end was not recorded; a person is asked. `waiting`: it may run once more. */
  readonly state: 'running' | 'passed' | 'failed' | 'lost' | 'waiting' | 'stopped'
  readonly since: EpochMs
}

export type WarmCut = { readonly at: EpochMs; readonly usedBytes: number; readonly limitBytes: number }

/** The traffic plan that every router acknowledged last; its generation is the version it was asked for at. */
export type AcknowledgedPlan = {
  readonly generation: number
  readonly at: EpochMs
  readonly arms: readonly AcknowledgedArm[]
  /** Absent: none. */
  readonly tracks?: readonly PlanTrack[] | undefined
  /** Version at which its rules were the newest. Absent: it had none. */
  readonly rulesAt?: number | undefined
}
export type AcknowledgedArm = {
  readonly release: ReleaseNumber
  readonly weightPercent: number
  readonly instances: readonly PlanInstance[]
}

export type Lock = {
  readonly id: string
  readonly owner: string
  readonly reason: string
  readonly since: EpochMs
  readonly expiresAt: EpochMs
  readonly incident: string | null
  readonly suspect: ReleaseNumber | null
  /** No hotfix passes it, not even by name. */
  readonly hard?: true | undefined
  /** When each warning was given. */
  readonly warned30: EpochMs | null
  readonly warned5: EpochMs | null
  /** Nobody is moved between tracks either. Absent: only `stable` is guarded. */
  readonly allTracks?: boolean | undefined
  /** It stands over this stage of every service, and is edited and lifted as a whole. Absent: over this one alone. */
  readonly everywhere?: true | undefined
}

export type Pin = { readonly by: Actor; readonly reason: string; readonly since: EpochMs }

export const initialService: ServiceState = {
  version: 0,
  definition: null,
  head: 0,
  releases: {},
  lifters: [],
  containers: [],
  madeUpon: {},
  takenIn: [],
  lines: [{ first: 1, fork: 0, carried: [] }],
  rewritten: null,
  stages: {},
}

export function emptyStage(stage: StageName): StageState {
  return {
    stage,
    live: null,
    rollout: null,
    rolloutCount: 0,
    before: [],
    marks: {},
    locks: [],
    lockAlone: null,
    pin: null,
    suspects: [],
    stuck: null,
    hold: null,
    asked: null,
    jump: null,
    watch: null,
    approvals: [],
    approvalAsked: null,
    afterUnlock: null,
    wayRound: null,
    beside: null,
    fleets: {},
    unheard: {},
    askedAt: {},
    plan: { generation: 0, at: 0, arms: [] },
    wishedAt: 0,
    ticksFrom: 0,
    answeredTick: 0,
    machineWentBack: false,
    routes: noRoutes,
    settings: noSettings,
  }
}

export const noMark: StageMark = {
  entered: false,
  again: false,
  ownServed: false,
  cleared: null,
  trusted: null,
  against: null,
  lane: 'normal',
  takenOut: null,
  sinceTick: 0,
}

export function markOf(stage: StageState, release: ReleaseNumber): StageMark {
  return stage.marks[release] ?? noMark
}

export function stageOf(state: ServiceState, stage: StageName): StageState {
  return state.stages[stage] ?? emptyStage(stage)
}
