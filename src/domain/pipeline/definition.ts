// What a service's configuration means once every default is filled in. The rules read this and nothing else;
// `src/config` makes it from what people write.
import type { AlarmDefinition } from '../analysis/alarms/alarm.ts'
import type { Watched } from '../analysis/neighbours/neighbour.ts'
import type { Dimension } from '../analysis/measures/measured.ts'
import type { AnalysisDefinition } from '../analysis/sources/analysis-definition.ts'
import type { ServiceName, StageName } from '../names.ts'

export type ServiceDefinition = {
  readonly service: ServiceName
  readonly source: {
    readonly git: string
    readonly branch: string
    readonly pollMs: number
    /** Where it shares a repository: only commits that touch one of these make a release. Absent: all do. */
    readonly paths?: readonly string[]
  }
  readonly build: BuildRecipe
  readonly run: RunRecipe
  /** Time zone of the server, for locks on stages without a window. */
  readonly zone: string
  readonly stages: readonly StageDefinition[]
}

/** How a change becomes an artifact. `command: null` takes the checkout as it is. */
export type BuildRecipe = {
  readonly command: string | null
  /** Folder of the checkout in which the command runs, and from which `output` is seen. Absent: all of it. */
  readonly folder?: string
  /** Folder that becomes the artifact; `.` is all of it. */
  readonly output: string
  readonly limitMs: number
  readonly env: Readonly<Record<string, string>>
  /** A team's own CI builds it and adds it; `limitMs` is how long it is waited for. Absent: it is built here. */
  readonly elsewhere?: true
}

/** How one instance of an artifact is started and known to be well. Travels with the artifact. */
export type RunRecipe = {
  readonly command: string
  readonly health: HealthProbe
  /** What an instance speaks on its port. Absent: HTTP/1.1; `h2c`: HTTP/2 in clear text and nothing else, as gRPC does. */
  readonly protocol?: 'h2c'
  /** Where the router finds the user: a cookie or header name; otherwise the router sets a cookie of its own. */
  readonly userKey: UserKey | null
  /** Where the router finds the customer, for rules. Absent: the customer is the user. */
  readonly customerKey?: UserKey
  /** Whose tokens are believed, for rules that look at a claim. Absent: nobody's. */
  readonly tokens?: TokenCheck
  /** How many requests an instance is given at once. Absent: any number. */
  readonly concurrency?: ConcurrencyLimit
  /** What each version is measured apart by, beside release and track. Absent: nothing. */
  readonly measureBy?: readonly Dimension[]
  /** Path on which each instance tells its metrics, as text for Prometheus. Absent: it tells none. */
  readonly metrics?: string
  readonly env: Readonly<Record<string, string>>
  /** Variables that it cannot do without; where a stage lacks one, the release does not enter it. */
  readonly needs?: readonly string[]
  readonly termMs: number
  /** Name of the process that is described here. Absent: `web`. */
  readonly process?: string
  /** Present where nobody can call it: it has no port, and is well when it goes on running. */
  readonly portless?: WorkerHealth
  /** The other processes of the same release; none of them has a port. */
  readonly workers?: readonly WorkerRecipe[]
  /** Runs once per rollout, before the first instance. */
  readonly release?: ReleaseCommand
}

/** How a process without a port is known to be well. */
export type WorkerHealth = {
  /** It is well once it has run for so long, and until it ends. */
  readonly steadyMs: number
  /** Which lines of its output tell of one job. Absent: it is judged by crashes, restarts and error lines. */
  readonly jobs?: JobLines
}

/** Texts of which one stands in a line that tells of a job done, or failed. */
export type JobLines = { readonly done: readonly string[]; readonly failed: readonly string[] }

export type WorkerRecipe = WorkerHealth & {
  readonly process: string
  readonly command: string
  /** Its own, beside those of the stage; what the main process is given is not for it. */
  readonly env: Readonly<Record<string, string>>
  readonly termMs: number
}

export type ReleaseCommand = { readonly command: string; readonly limitMs: number }

/** `path: null`: an open port is enough. */
export type HealthProbe = { readonly path: string | null; readonly waitMs: number }
/**
 * A token (JWT) is believed when it was signed with one of the keys found at the address `keys` (JWKS), and names this
 * issuer and audience where they are given.
 */
export type TokenCheck = {
  readonly keys: string
  readonly issuer?: string
  readonly audience?: string
  readonly from: UserKey
}
/** Beyond `perInstance`, up to `waiting` requests of each release wait for `waitMs` at most; who cannot is told to come again. */
export type ConcurrencyLimit = {
  readonly perInstance: number
  readonly waiting: number
  readonly waitMs: number
}
export type UserKey = { readonly from: 'cookie' | 'header'; readonly name: string }

export type StageDefinition = {
  readonly stage: StageName
  readonly instances: number
  /** How many of each of the other processes. Absent: there are none. */
  readonly workers?: WorkerCounts
  /** True where the service has no port at all: there is no traffic to shift, and shares are of its instances. */
  readonly portless?: true
  /** `none`: nobody sends requests here; checks, crashes, logs and time only. */
  readonly traffic: 'expected' | 'none'
  readonly bake: BakeDefinition | null
  readonly window: WindowDefinition | null
  readonly rollout: readonly RolloutStep[]
  readonly checks: readonly CheckDefinition[]
  readonly inconclusive: 'promote' | 'extend' | 'ask'
  /** Which judge is asked; absent means sequential. */
  readonly judge?: 'thresholds' | 'sequential'
  /** What the team itself wants to be told of. Absent: nothing. */
  readonly alarms?: readonly AlarmDefinition[]
  /** A source outside that is asked too. Absent: what Sluice counts itself is all there is. */
  readonly analysis?: AnalysisDefinition
  /** Other services that are looked at while a release comes in or bakes. Absent: none. */
  readonly watches?: readonly Watched[]
  /** What a rollout does that its window catches: go back (default) or stay where it is. */
  readonly caught: 'go-back' | 'stay'
  readonly watchMs: number
  readonly drainMs: number
  readonly passAfterMs: number
  /** What everybody is told in the place of an answer. Absent: the service answers. */
  readonly maintenance?: string
  /** An earlier stage that is given copies of requests. Absent: none is. */
  readonly mirror?: MirrorDefinition
  /** Changes that this stage may run and the next one not; left out: any number. */
  readonly ahead?: number
  /** Who must say yes before a release enters; absent: nobody. */
  readonly approve?: ApprovalDefinition | undefined
  /** Which waiting release goes next; absent: each, in order. */
  readonly queue?: 'each' | 'latest' | undefined
  readonly env: Readonly<Record<string, string>>
  /** Set when a stage was called otherwise before; its state comes along. */
  readonly renamedFrom: StageName | null
}

/** `percent` of the requests that only read; nobody waits for a copy. */
export type MirrorDefinition = { readonly to: StageName; readonly percent: number }

/** Instances by process. */
export type WorkerCounts = Readonly<Record<string, number>>

export type ApprovalDefinition = {
  /** Names of people; empty: anybody. */
  readonly by: readonly string[]
  /** How many of them. */
  readonly n: number
  /** Whether people may approve what they wrote themselves. */
  readonly own: boolean
  /** `promote: by-hand`: it is not looked at, only let go on. */
  readonly byHand: boolean
}

export type BakeDefinition = {
  readonly forMs: number
  readonly requests: number
  readonly ownMs: number
  /** From here on it may be over early, when it is shown not to be worse by what matters. Absent: never early. */
  readonly atLeastMs?: number
}

/** Weekdays 1 (Monday) to 7; minutes since local midnight, `toMinute` exclusive. Exception days are `2026-12-24`. */
export type WindowDefinition = {
  readonly days: readonly number[]
  readonly fromMinute: number
  readonly toMinute: number
  readonly zone: string
  readonly closedOn: readonly string[]
}

/**
 * One step of a rollout: the candidate's share of the traffic, and of the instances, after it.
 * `kind: 'replace'` stops the old instances first, for what may not run twice.
 */
export type RolloutStep = {
  readonly kind: 'one-box' | 'share' | 'all' | 'replace'
  readonly percent: number
  readonly soakMs: number
  /** A person must say that it may go on after this step. */
  readonly confirm?: true | undefined
}

export type CheckDefinition = {
  readonly check: string
  /** `entry`: once, before any traffic; `steps`: again at each step. */
  readonly when: 'entry' | 'steps'
  readonly limitMs: number
} & (
  | { readonly kind: 'command'; readonly command: string }
  | {
      readonly kind: 'http'
      readonly path: string
      readonly status: number
      readonly contains: string | null
    }
)
