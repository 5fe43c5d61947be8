import type { ReleaseNumber } from '../domain/names.ts'
import type { BuildRecipe, RunRecipe } from '../domain/pipeline/definition.ts'
import type { HardCodedAddress, StageAddress } from '../domain/pipeline/stage-addresses.ts'

export type BuildRequest = {
  readonly service: string
  /** Told to the command as SLUICE_RELEASE. */
  readonly release: ReleaseNumber
  readonly git: string
  readonly branch: string
  readonly sha: string
  /** Recipes of the loaded config; those in the commit's own config file win (behaviour 4.5). */
  readonly build: BuildRecipe
  readonly run: RunRecipe
  /** What was built of it elsewhere: only the recipes are read, and nothing is run. */
  readonly added?: { readonly artifact: string; readonly sizeBytes: number }
  /** What should not stand in the artifact, because it is for one environment alone. */
  readonly addresses?: readonly StageAddress[]
}

export type BuildLook =
  | { readonly state: 'unknown' }
  | { readonly state: 'running'; readonly logBytes: number }
  | {
      readonly state: 'done'
      readonly artifact: string
      readonly run: RunRecipe
      readonly sizeBytes: number
      readonly hardCoded?: readonly HardCodedAddress[] | undefined
    }
  | {
      readonly state: 'failed'
      /** `code`: the change is at fault; `builder`: we are (no disk, git gone), and it is tried once more by itself. */
      readonly fault: 'code' | 'builder' | 'limit'
      readonly message: string
    }

/** Long work: start, look, stop, by a key that outlives us. */
export interface Builder {
  /** Idempotent by key. A build that was under way when we died is `unknown` afterwards and may be started again. */
  start(key: string, request: BuildRequest): Promise<void>
  look(key: string): Promise<BuildLook>
  /** Ends a build that is under way, with all it started; it is `unknown` afterwards. Leaves ended builds alone. */
  stop(key: string): Promise<void>
  /** Ends all that is under way here, because the server ends; all of it is `unknown` afterwards. */
  close?(): Promise<void>
  /**
   * Removes what builds keep for the next ones, the longest unused first, until all of it together takes no more than
   * `cacheBytesMax`; never what a build under way uses. Returns whose went. Left out where there is no such thing.
   */
  retain?(rule: { readonly cacheBytesMax: number }): Promise<readonly string[]>
  /** The kept log, from a byte offset; at most `limit` bytes. Also while it runs. */
  log(
    key: string,
    offset: number,
    limit: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly total: number }>
}
