// What has happened to a service. Past tense, never renamed: a new meaning gets a new name.
import type { Change } from '../change/change.ts'
import type { Actor, EpochMs, ReleaseNumber, RolloutNumber, StageName } from '../names.ts'
import type { RolloutStep, RunRecipe, ServiceDefinition, WorkerCounts } from '../pipeline/definition.ts'
import type { HardCodedAddress } from '../pipeline/stage-addresses.ts'
import type { PlanInstance, PlanTrack } from '../traffic/plan.ts'
import type { AcknowledgedArm, Lane, Lock, Origin, WayRound } from './state.ts'
import type { ProbeFound, SearchEnd } from './search-state.ts'
import type { RouteEvent } from './track-event.ts'
import type { SettingChange } from './settings.ts'

type At = { readonly at: EpochMs; readonly by: Actor }
type InStage = At & { readonly stage: StageName }
type OfRelease = InStage & { readonly release: ReleaseNumber }
type OfRollout = OfRelease & { readonly rollout: RolloutNumber }
type OfCommand = OfRollout & { readonly attempt: number }

/** Why a rollout ended without reaching everybody. */
export type RolloutCause =
  | 'verdict'
  | 'crash'
  | 'health'
  | 'check'
  | 'person'
  | 'window'
  | 'machine'
  | 'watch'
  | 'rejected'
  /** What runs once before the first instance ended badly. */
  | 'release-command'
  /** A hotfix or an emergency goes first. */
  | 'way-round'
  /** A probe is over, whatever it told. */
  | 'search'

/** A change that goes along: rejected, not cleared in an earlier stage, or only kept waiting by a gate. */
export type Along = {
  readonly release: ReleaseNumber
  readonly is: 'rejected' | 'unbaked' | 'waiting'
}

export type ServiceEvent =
  // The line.
  | (At & { readonly type: 'service-configured'; readonly definition: ServiceDefinition })
  | (At & { readonly type: 'change-merged'; readonly release: ReleaseNumber; readonly change: Change })
  /** A version that is not of the line: changes taken onto a release, or whatever a person deploys. */
  | (At & {
      readonly type: 'release-made'
      readonly release: ReleaseNumber
      readonly change: Change
      readonly origin: Exclude<Origin, { readonly kind: 'line' }>
      readonly reason: string
    })
  /** The branch holds by now what went round it. */
  | (At & {
      readonly type: 'change-taken-in'
      readonly release: ReleaseNumber
      readonly takenInBy: ReleaseNumber
      readonly how: 'ancestry' | 'patch'
    })
  /** The branch up to a release was looked through for what went round it and was rejected. */
  | (At & {
      readonly type: 'line-compared'
      readonly release: ReleaseNumber
      readonly upTo: ReleaseNumber
    })
  | (At & {
      readonly type: 'history-rewritten'
      readonly fork: ReleaseNumber
      readonly lost: readonly ReleaseNumber[]
      readonly fresh: readonly Change[]
      readonly carried: readonly { readonly lost: string; readonly as: string }[]
    })
  | (At & { readonly type: 'history-accepted'; readonly reason: string })
  /** What a team's own CI built for a commit. */
  | (At & {
      readonly type: 'artifact-added'
      /** Null: its commit is not merged yet. */
      readonly release: ReleaseNumber | null
      readonly sha: string
      readonly artifact: string
      readonly sizeBytes: number
      /** `sha256:…` of what was sent. */
      readonly checksum: string
      readonly provenance: string | null
    })
  /** Its commit was not merged in time. */
  | (At & { readonly type: 'artifact-forgotten'; readonly sha: string; readonly artifact: string })
  | (At & { readonly type: 'build-started'; readonly release: ReleaseNumber; readonly attempt: number })
  | (At & {
      readonly type: 'build-succeeded'
      readonly release: ReleaseNumber
      readonly attempt: number
      readonly artifact: string
      readonly run: RunRecipe
      readonly sizeBytes: number
      /** Addresses of one environment that stand in it. Left out: none was found. */
      readonly hardCoded?: readonly HardCodedAddress[] | undefined
    })
  | (At & {
      readonly type: 'build-failed'
      readonly release: ReleaseNumber
      readonly attempt: number
      readonly fault: 'code' | 'builder' | 'limit'
      readonly message: string
    })
  | (At & { readonly type: 'build-retried'; readonly release: ReleaseNumber })
  | (At & { readonly type: 'change-rejected'; readonly release: ReleaseNumber; readonly reason: string })
  | (At & { readonly type: 'change-unrejected'; readonly release: ReleaseNumber; readonly reason: string })
  | (At & {
      readonly type: 'containment-accepted'
      readonly release: ReleaseNumber
      readonly contains: ReleaseNumber
      readonly reason: string
    })
  // Rollouts.
  | (OfRollout & {
      readonly type: 'rollout-started'
      readonly from: ReleaseNumber | null
      readonly direction: 'forward' | 'back'
      readonly reason: string
      readonly steps: readonly RolloutStep[]
      readonly sinceTick: number
      /** Left out: the normal one. */
      readonly lane?: Lane | undefined
      /** Going back past these: they were taken out of the stage. */
      readonly takesOut: readonly ReleaseNumber[]
    })
  | (OfRelease & {
      readonly type: 'fleet-changed'
      readonly count: number
      readonly instances: readonly PlanInstance[]
      /** Other processes of the release that run. Left out: as before. */
      readonly workers?: WorkerCounts | undefined
      /** Version at which the target was asked for exactly this count; left out when it was only seen. */
      readonly askedAt?: number | undefined
    })
  | (OfRollout & {
      readonly type: 'check-passed'
      readonly step: number
      readonly check: string
      readonly message: string
    })
  | (OfRollout & {
      readonly type: 'check-failed'
      readonly step: number
      readonly check: string
      readonly message: string
    })
  // The release command: before the first instance of a rollout. Attempts after the first are a person's word.
  | (OfCommand & { readonly type: 'release-command-started'; readonly command: string })
  /** Its end was not recorded: it holds, and a person is asked. */
  | (OfCommand & { readonly type: 'release-command-lost'; readonly message: string })
  | (OfCommand & { readonly type: 'release-command-retried' })
  | (OfCommand & {
      /** Stopped: its rollout was over before it was. */
      readonly type: 'release-command-passed' | 'release-command-failed' | 'release-command-stopped'
      readonly message: string
    })
  | (OfRollout & { readonly type: 'step-started'; readonly step: number })
  | (InStage & {
      readonly type: 'traffic-shifted'
      readonly generation: number
      readonly arms: readonly AcknowledgedArm[]
      readonly tracks?: readonly PlanTrack[] | undefined
      readonly rulesAt?: number | undefined
    })
  | (OfRollout & { readonly type: 'step-passed'; readonly step: number; readonly unproven: boolean })
  | (OfRollout & {
      readonly type: 'rollout-completed'
      /** The last tick of the rollout: its watch counts from the next one. Left out in older streams. */
      readonly tick?: number | undefined
    })
  | (OfRollout & {
      readonly type: 'rollout-failed'
      readonly cause: RolloutCause
      readonly message: string
      /** True when it counts against the release. */
      readonly blames: boolean
    })
  // People.
  | (OfRelease & {
      readonly type: 'release-approved'
      /** All that it would bring, and that is approved with it. */
      readonly changes: readonly ReleaseNumber[]
      readonly byHand: boolean
      /** Settings that come along, and are approved with it. Left out: none are changed. */
      readonly settings?: number | undefined
    })
  | (InStage & {
      readonly type: 'settings-approved'
      readonly version: number
      readonly names: readonly string[]
    })
  | (OfRelease & { readonly type: 'change-sent-back'; readonly words: string })
  | (OfRelease & {
      readonly type: 'approval-asked'
      readonly times: number
      readonly of: readonly string[]
      readonly text: string
      /** The settings of this version are asked about. Left out: the release. */
      readonly settings?: number | undefined
    })
  | (OfRollout & { readonly type: 'rollout-paused'; readonly reason: string })
  | (OfRollout & { readonly type: 'rollout-resumed' })
  | (OfRollout & { readonly type: 'confirm-asked'; readonly step: number })
  | (OfRollout & { readonly type: 'step-confirmed'; readonly step: number })
  // Round the queue.
  | (OfRelease & {
      readonly type: 'way-round-opened'
      readonly lane: WayRound['lane']
      readonly reason: string
      readonly locks: readonly string[]
      readonly rejected: readonly ReleaseNumber[]
      /** Changes that go along with the one that is meant, and what they would have waited for. */
      readonly along: readonly Along[]
      /** Names of settings that were set before, and go along. Left out: none does. */
      readonly settingsAlong?: readonly string[] | undefined
      readonly toCheck: readonly StageName[]
      /** It is built elsewhere, and this commit is not yet; `ref` keeps one that is on no branch. Left out: nothing is waited for. */
      readonly awaits?: { readonly sha: string; readonly ref: string | null } | undefined
      /** Earlier stages whose checks it goes without: they replace what they run, so nothing can stand beside it. */
      readonly notChecked?: readonly StageName[] | undefined
    })
  | (OfRelease & {
      readonly type: 'lock-passed'
      readonly lock: string
      readonly owner: string
      readonly lane: WayRound['lane']
    })
  | (OfRelease & { readonly type: 'way-round-closed'; readonly message: string })
  | (OfRelease & { readonly type: 'beside-started'; readonly target: StageName })
  | (OfRelease & { readonly type: 'beside-check-passed'; readonly check: string; readonly message: string })
  | (OfRelease & {
      readonly type: 'beside-ended'
      readonly target: StageName
      readonly passed: boolean
      readonly message: string
    })
  // Bakes and watches.
  | (OfRelease & { readonly type: 'own-served' })
  | (InStage & {
      readonly type: 'changes-cleared'
      readonly changes: readonly ReleaseNumber[]
      readonly how: 'proven' | 'unproven' | 'accepted' | 'skipped'
      readonly tick: number
    })
  | (OfRelease & {
      readonly type: 'verdict-against'
      readonly during: 'rollout' | 'bake' | 'watch'
      readonly what: string
      readonly tick: number
    })
  | (OfRelease & { readonly type: 'bake-asked' })
  | (OfRelease & { readonly type: 'bake-skipped'; readonly reason: string })
  | (OfRelease & { readonly type: 'release-accepted'; readonly reason: string })
  | (OfRelease & { readonly type: 'watch-survived'; readonly tick: number })
  | (InStage & { readonly type: 'hold-started'; readonly reason: string })
  | (InStage & { readonly type: 'hold-told'; readonly reason: string })
  | (InStage & { readonly type: 'hold-ended' })
  | (InStage & { readonly type: 'suspects-named'; readonly suspects: readonly ReleaseNumber[] })
  // The search for a culprit. Its probes are rollouts in a lane of their own.
  | (OfRelease & {
      readonly type: 'culprit-search-started'
      readonly what: string
      readonly suspects: readonly ReleaseNumber[]
      /** What was seen of it until it broke. */
      readonly watchedMs: number
      readonly requests: number
      readonly tick: number
    })
  | (OfRelease & {
      readonly type: 'probe-ended'
      /** Number of its rollout. Null: what serves all the time told it. */
      readonly probe: RolloutNumber | null
      readonly found: ProbeFound
      readonly left: readonly ReleaseNumber[]
      readonly message: string
    })
  /** A branch that takes back what a search found, for people to look at. */
  | (At & {
      readonly type: 'revert-prepared'
      readonly release: ReleaseNumber
      /** Null: it could not be made, and the message says why. */
      readonly made: { readonly branch: string; readonly fetchFrom: string | null } | null
      readonly message: string
    })
  | (InStage & {
      readonly type: 'culprit-search-ended'
      readonly how: SearchEnd
      readonly message: string
      /** Who is suspected still. */
      readonly suspects: readonly ReleaseNumber[]
      readonly culprit: {
        readonly release: ReleaseNumber
        readonly subject: string
        readonly author: string
      } | null
    })
  | (InStage & { readonly type: 'stage-stuck'; readonly reason: string })
  /** Warm releases held too much memory: this one is let go of, or is what a rollback would go to and only told of. */
  | (OfRelease & {
      readonly type: 'warm-cut' | 'warm-over-limit'
      readonly usedBytes: number
      readonly limitBytes: number
    })
  // Gates.
  | (InStage & { readonly type: 'stage-locked'; readonly lock: Lock })
  | (InStage & { readonly type: 'lock-edited'; readonly lock: Lock })
  | (InStage & { readonly type: 'lock-warned'; readonly lock: string; readonly minutes: 30 | 5 })
  | (InStage & {
      readonly type: 'stage-unlocked'
      readonly lock: string
      readonly how: 'lifted' | 'expired'
      /** What was chosen to go first now. */
      readonly queue?: 'each' | 'latest' | undefined
      /** What was ready and waited; told before anybody lifts it. */
      readonly goes?: readonly ReleaseNumber[] | undefined
    })
  /** Nothing but a lock keeps the oldest waiting change; null: no longer so. */
  | (InStage & { readonly type: 'lock-stood-alone'; readonly release: ReleaseNumber | null })
  | (OfRelease & { readonly type: 'lock-overstayed' })
  | (InStage & { readonly type: 'stage-pinned'; readonly reason: string })
  | (InStage & { readonly type: 'stage-unpinned'; readonly reason: string })
  /** Nothing enters it any more, what it runs is stopped, and the configuration may then be without it. */
  | (InStage & {
      readonly type: 'stage-retired'
      readonly live: ReleaseNumber | null
      readonly stops: readonly ReleaseNumber[]
      /** Rules that go with it. */
      readonly rules: number
      readonly reason: string
    })
  | (OfRelease & { readonly type: 'entry-retried' })
  // Tracks and rules.
  | RouteEvent
  // Settings.
  | (InStage & {
      readonly type: 'settings-changed'
      readonly changes: readonly SettingChange[]
      readonly reason: string
    })
  /** Versions after `over` up to `version` were rolled back with this release: they are out until set again. */
  | (OfRelease & {
      readonly type: 'settings-rejected'
      readonly version: number
      readonly over: number
      readonly reason: string
    })

export type EventType = ServiceEvent['type']
