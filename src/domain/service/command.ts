// What people, ports and the machine itself ask of a service. Wishes are imperative, answers from outside begin with
// `report-` and name release, stage, step and attempt, because late answers are normal.
import type { Change } from '../change/change.ts'
import type { Actor, EpochMs, ReleaseNumber, RolloutNumber, StageName } from '../names.ts'
import type { RunRecipe, ServiceDefinition, WorkerCounts } from '../pipeline/definition.ts'
import type { PlanInstance, PlanTrack } from '../traffic/plan.ts'
import type { HardCodedAddress } from '../pipeline/stage-addresses.ts'
import type { Finding } from './finding.ts'
import type { SettingChange } from './settings.ts'
import type { AcknowledgedArm, Lock } from './state.ts'
import type { MachineRouteCommand, PersonRouteCommand, ReportRouteCommand } from './track-command.ts'

type At = { readonly at: EpochMs; readonly by: Actor }

/** What goes round the queue: a release of the line as it is, or changes taken onto what the stage runs. */
export type RoundWhat =
  | { readonly release: ReleaseNumber }
  | {
      readonly onto: ReleaseNumber
      readonly picked: readonly { readonly sha: string; readonly release: ReleaseNumber | null }[]
      /** The commit that the source made of them. */
      readonly change: Change
    }

type RoundCommand = {
  readonly stage: StageName
  readonly what: RoundWhat
  /** A rollout under way that is kept; otherwise it is rolled back first. */
  readonly keeps?: ReleaseNumber | undefined
  /** Locks that are passed, named one by one. */
  readonly locks: readonly string[]
  readonly reason: string
  readonly tick: number
}

export type SettingsCommand = At & {
  readonly type: 'set-settings'
  readonly stage: StageName
  readonly changes: readonly SettingChange[]
  readonly reason: string
  /** They go round the queue, by the words of a hotfix or an emergency; left out: as usual. */
  readonly round?: SettingsRound | undefined
}

export type SettingsRound = {
  readonly lane: 'hotfix' | 'emergency'
  readonly keeps?: ReleaseNumber | undefined
  readonly locks: readonly string[]
  readonly tick: number
}

export type PersonCommand = At &
  (
    | Omit<SettingsCommand, keyof At>
    | {
        readonly type: 'lock'
        readonly stage: StageName
        readonly id: string
        readonly owner: string
        readonly reason: string
        readonly forMs: number
        readonly incident: string | null
        readonly hard?: boolean | undefined
        /** Null: nothing is suspected; undefined: whatever is newest there. */
        readonly suspect: ReleaseNumber | null | undefined
        /** Nobody is moved between tracks either. */
        readonly allTracks?: boolean | undefined
        /** Said once for this stage of every service; only then may the copy of one service be edited or lifted. */
        readonly everywhere?: true | undefined
      }
    | {
        readonly type: 'edit-lock'
        readonly stage: StageName
        readonly lock: string
        readonly reason?: string | undefined
        readonly forMs?: number | undefined
        readonly incident?: string | null | undefined
        readonly suspect?: ReleaseNumber | null | undefined
        readonly everywhere?: true | undefined
      }
    | {
        readonly type: 'unlock'
        readonly stage: StageName
        readonly lock?: string | undefined
        readonly incidentClosed: boolean
        /** What goes first when the gate opens; left out: what the config says. */
        readonly queue?: 'each' | 'latest' | undefined
        readonly everywhere?: true | undefined
      }
    | {
        readonly type: 'skip-bake'
        readonly stage: StageName
        readonly release?: ReleaseNumber | undefined
        readonly reason: string
      }
    | {
        readonly type: 'rollback'
        readonly stage: StageName
        readonly to?: ReleaseNumber | undefined
        readonly reason: string
        readonly tick: number
      }
    | { readonly type: 'abort'; readonly stage: StageName; readonly reason: string; readonly tick: number }
    | {
        readonly type: 'accept'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly reason: string
        readonly contains?: ReleaseNumber | undefined
        readonly tick: number
      }
    | { readonly type: 'accept-history'; readonly reason: string }
    | { readonly type: 'reject'; readonly release: ReleaseNumber; readonly reason: string }
    | { readonly type: 'unreject'; readonly release: ReleaseNumber; readonly reason: string }
    | { readonly type: 'retry'; readonly release: ReleaseNumber; readonly stage?: StageName | undefined }
    | { readonly type: 'pin'; readonly stage: StageName; readonly reason: string }
    | {
        readonly type: 'unpin'
        readonly stage: StageName
        readonly culprit?: ReleaseNumber | undefined
        readonly reason: string
      }
    | {
        readonly type: 'approve' | 'promote'
        readonly stage: StageName
        /** Left out: whatever is next. */
        readonly release?: ReleaseNumber | undefined
      }
    | {
        readonly type: 'send-back'
        readonly stage: StageName
        readonly release: ReleaseNumber
        /** Words for the author. */
        readonly reason: string
      }
    | { readonly type: 'retire-stage'; readonly stage: StageName; readonly reason: string }
    | { readonly type: 'pause'; readonly stage: StageName; readonly reason: string }
    | { readonly type: 'resume'; readonly stage: StageName }
    | { readonly type: 'confirm'; readonly stage: StageName }
    /** What a team's own CI built for a commit; it lies in the store already. */
    | {
        readonly type: 'add-artifact'
        readonly sha: string
        readonly artifact: string
        readonly sizeBytes: number
        /** `sha256:…` of what was sent. */
        readonly checksum: string
        readonly provenance: string | null
      }
    | (RoundCommand & { readonly type: 'hotfix' })
    | (RoundCommand & {
        readonly type: 'emergency'
        /** Rejected changes that go along, named one by one. */
        readonly rejected: readonly ReleaseNumber[]
      })
    | {
        readonly type: 'configure'
        readonly definition: ServiceDefinition
        /** Locks over every service: a stage that is new is born with them. */
        readonly bornWith?: readonly { readonly stage: StageName; readonly lock: Lock }[] | undefined
      }
    | PersonRouteCommand
  )

export type ReportCommand = At &
  (
    | { readonly type: 'report-changes'; readonly after: string | null; readonly changes: readonly Change[] }
    | {
        readonly type: 'report-rewrite'
        readonly after: string
        readonly fork: string | null
        readonly fresh: readonly Change[]
        readonly carried: readonly { readonly lost: string; readonly as: string }[]
      }
    | {
        readonly type: 'report-taken-in'
        readonly release: ReleaseNumber
        /** Commit of the line that holds it. */
        readonly takenInBy: string
        readonly how: 'ancestry' | 'patch'
      }
    | {
        readonly type: 'report-compared'
        readonly release: ReleaseNumber
        /** The newest release of the line that was looked at. */
        readonly upTo: ReleaseNumber
      }
    | { readonly type: 'report-build-started'; readonly release: ReleaseNumber; readonly attempt: number }
    | {
        readonly type: 'report-build-done'
        readonly release: ReleaseNumber
        readonly attempt: number
        readonly artifact: string
        readonly run: RunRecipe
        readonly sizeBytes: number
        readonly hardCoded?: readonly HardCodedAddress[] | undefined
      }
    | {
        readonly type: 'report-build-failed'
        readonly release: ReleaseNumber
        readonly attempt: number
        readonly fault: 'code' | 'builder' | 'limit'
        readonly message: string
      }
    | {
        readonly type: 'report-fleet'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly count: number
        readonly instances: readonly PlanInstance[]
        /** Left out when only the instances were seen. */
        readonly workers?: WorkerCounts | undefined
        /** Version at which the target was asked for exactly this count; left out when it was only seen. */
        readonly askedAt?: number | undefined
      }
    | {
        readonly type: 'report-fleet-failed'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly rollout: RolloutNumber
        readonly step: number
        readonly cause: 'health' | 'crash'
        readonly message: string
        readonly tick: number
      }
    | {
        readonly type: 'report-release-command'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly rollout: RolloutNumber
        readonly attempt: number
        readonly outcome: 'started' | 'passed' | 'failed' | 'lost'
        readonly message: string
        readonly tick: number
      }
    | {
        readonly type: 'report-check'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly rollout: RolloutNumber
        readonly step: number
        readonly check: string
        readonly passed: boolean
        readonly message: string
        readonly tick: number
      }
    | {
        readonly type: 'report-beside-check'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly check: string
        readonly passed: boolean
        readonly message: string
      }
    | {
        readonly type: 'report-beside-failed'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly message: string
      }
    | {
        readonly type: 'report-routed'
        readonly stage: StageName
        readonly generation: number
        readonly arms: readonly AcknowledgedArm[]
        readonly tracks?: readonly PlanTrack[] | undefined
        readonly rulesAt?: number | undefined
      }
    | ReportRouteCommand
    | {
        /** Warm releases of a host together hold more than they may, and this one is the next to go. */
        readonly type: 'report-warm-memory'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly usedBytes: number
        readonly limitBytes: number
      }
    | {
        readonly type: 'report-revert'
        readonly release: ReleaseNumber
        readonly made: { readonly branch: string; readonly fetchFrom: string | null } | null
        readonly message: string
      }
    | {
        readonly type: 'report-finding'
        readonly stage: StageName
        readonly finding: Finding
        readonly tick: number
      }
  )

/** The machine's own moves; `due` proposes them, `decide` checks them once more where the gates live. */
export type MachineCommand = At &
  (
    | {
        readonly type: 'enter'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly tick: number
      }
    /** What goes round the queue goes in: built, checked, and through every gate that was named. */
    | {
        readonly type: 'enter-round'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly tick: number
      }
    | {
        readonly type: 'ask-approval'
        readonly stage: StageName
        readonly release: ReleaseNumber
        /** About the settings of this version, for the release that is live. */
        readonly settings?: number | undefined
      }
    | { readonly type: 'close-round'; readonly stage: StageName; readonly release: ReleaseNumber }
    | { readonly type: 'start-beside'; readonly stage: StageName; readonly release: ReleaseNumber }
    | { readonly type: 'end-beside'; readonly stage: StageName; readonly release: ReleaseNumber }
    | {
        readonly type: 'take-step'
        readonly stage: StageName
        readonly rollout: RolloutNumber
        readonly step: number
      }
    | {
        readonly type: 'catch-by-window'
        readonly stage: StageName
        readonly rollout: RolloutNumber
        readonly tick: number
      }
    | {
        readonly type: 'take-back-rejected'
        readonly stage: StageName
        readonly rollout: RolloutNumber
        readonly tick: number
      }
    | {
        readonly type: 'warn-of-expiry'
        readonly stage: StageName
        readonly lock: string
        readonly minutes: 30 | 5
      }
    | { readonly type: 'expire-lock'; readonly stage: StageName; readonly lock: string }
    | { readonly type: 'note-lock-alone'; readonly stage: StageName }
    | { readonly type: 'warn-of-long-lock'; readonly stage: StageName }
    | { readonly type: 'retry-build'; readonly release: ReleaseNumber }
    /** Nobody added what was built of it in time. */
    | { readonly type: 'give-up-artifact'; readonly release: ReleaseNumber }
    /** Its commit was not merged in time. */
    | { readonly type: 'forget-artifact'; readonly sha: string }
    | { readonly type: 'tell-of-hold'; readonly stage: StageName }
    | MachineRouteCommand
    | { readonly type: 'give-settings'; readonly stage: StageName; readonly tick: number }
    /** One of several suspected releases is served for a while, to tell them apart. */
    | {
        readonly type: 'start-probe'
        readonly stage: StageName
        readonly release: ReleaseNumber
        readonly tick: number
      }
    /** It did not see enough in its time. */
    | {
        readonly type: 'give-up-probe'
        readonly stage: StageName
        readonly rollout: RolloutNumber
        readonly tick: number
      }
    | { readonly type: 'end-search'; readonly stage: StageName; readonly tick: number }
  )

export type ServiceCommand = PersonCommand | ReportCommand | MachineCommand
