import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { RunRecipe, WorkerCounts } from '../domain/pipeline/definition.ts'
import type { Call } from './call.ts'

export type FleetWish = {
  readonly environment: Environment
  readonly release: ReleaseNumber
  readonly artifact: string
  readonly run: RunRecipe
  /**
   * How many of each other process of the recipe (`run.workers`), by name; those that are not named run not at all.
   * Absent: the release has none. A count of 0 below stops these, too.
   */
  readonly workers?: WorkerCounts | undefined
  /** How many instances; 0 stops them all. Growing keeps those that run, shrinking stops the newest. */
  readonly count: number
  /**
   * The instances stay as many as the last wish for this release asked for, none where there is none, whatever `count`
   * says: only the other processes change. So it can neither start what was stopped nor stop what serves, whenever it lands.
   */
  readonly keepsCount?: true | undefined
  /**
   * Instances that the plan in force names: when the fleet shrinks they stay, and others go first, even where these
   * are older or the only ones that are ready. Which instance is newest is not the same to everybody.
   */
  readonly keep?: readonly string[] | undefined
  /** Declared variables of the stage, which win over those of the recipe, and SLUICE_*; PORT, HOME and the like are the target's to add. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Secrets by name, each with the version of its value: read from the secret store when an instance starts, and kept
   * nowhere by the target. They win over `env`. An instance whose secret cannot be read is not started, and says so.
   */
  readonly secrets?: Readonly<Record<string, number>> | undefined
  readonly role: 'candidate' | 'live' | 'warm'
}

/** The wish as it is to be kept: with the count that it leaves alone filled in. `before`: the last one, if there is one. */
export function withCount({ keepsCount, ...wish }: FleetWish, before: FleetWish | undefined): FleetWish {
  return keepsCount ? { ...wish, count: before?.count ?? 0 } : wish
}

export type FleetLook = {
  readonly release: ReleaseNumber
  readonly wanted: number
  readonly instances: readonly InstanceLook[]
}

export type InstanceLook = {
  readonly id: string
  /** Which other process of the recipe it runs. Absent: the one that the recipe describes. */
  readonly process?: string
  readonly host: string
  /** 0 where it has none. */
  readonly port: number
  /**
   * `starting` (up to `health.waitMs`), `ready`, `unhealthy` (was ready, now does not answer), `failed` (never got
   * ready in time), `crash-looping` (ended 3 times within a minute), `stopping`. What has no port is `starting` until it
   * ran for `steadyMs`, and `ready` until it ends.
   */
  readonly state: 'starting' | 'ready' | 'unhealthy' | 'failed' | 'crash-looping' | 'stopping'
  readonly startedAt: number
  readonly restarts: number
  /** Last words: exit code or signal and the end of its output, when it ended by itself. */
  readonly lastWords: string | null
  readonly use: InstanceUse
}

export type HostMemory = { readonly host: string; readonly bytes: number }

/** Cumulative where it can be (cpu, I/O), else as of now. Zeroes where the host cannot tell. */
export type InstanceUse = {
  readonly cpuMs: number
  readonly memoryBytes: number
  readonly threads: number
  readonly fds: number
  readonly readBytes: number
  readonly writeBytes: number
  readonly errorLines: number
  /** Lines that tell of jobs (`jobs` of its recipe). Absent: it says nothing of them. */
  readonly jobsDone?: number
  readonly jobsFailed?: number
}

export interface DeploymentTarget {
  /**
   * Makes this the wish for one release in one environment and returns once it is noted durably, not once it is
   * reached: `look` tells. An instance's host and port stay the same through restarts. Idempotent; refuses an older
   * fence per environment. The target keeps restarting what dies (with backoff) until the wish says 0.
   */
  scale(wish: FleetWish, call: Call): Promise<void>
  /** What runs in an environment, by release; also what this process adopted from before a restart. */
  look(environment: Environment): Promise<readonly FleetLook[]>
  /** All environments with at least one instance, for finding what an empty store does not know. */
  environments(): Promise<readonly Environment[]>
  /**
   * Memory of each host that runs instances, by the names that instances give their hosts; what limits the program on a
   * host counts as its memory. Left out where nobody can tell: then no warm release is ever cut for memory.
   */
  memory?(): Promise<readonly HostMemory[]>
  /**
   * Stops everything in an environment and resolves when it is gone: a person's word, while no server runs. The fence
   * stays. A server that starts later finds its instances missing and starts them again.
   */
  stopAll(environment: Environment): Promise<void>
  /** The end of an instance's output. */
  output(instance: string, limit: number): Promise<string>
  /** Lets go of everything without stopping it: instances outlive us. */
  close(): Promise<void>
}
