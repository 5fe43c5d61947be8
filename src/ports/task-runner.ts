import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { Call } from './call.ts'

/** One command of a release, where and as its instances run, but without a port. */
export type TaskRequest = {
  readonly environment: Environment
  readonly release: ReleaseNumber
  readonly artifact: string
  readonly command: string
  /** As instances have them; secrets win over `env`, and are kept nowhere. */
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, number>>
  /** What it gets between being asked to end and being made to. */
  readonly termMs: number
}

export type TaskLook =
  /** Nothing was ever started under this key. */
  | { readonly state: 'unknown' }
  /** `forMs`: since it began, by a clock that does not jump as long as we watch. */
  | { readonly state: 'running'; readonly forMs: number }
  /** `code` is null when a signal ended it; `words` is the end of what it printed, without secrets. */
  | { readonly state: 'ended'; readonly code: number | null; readonly words: string }
  /** It was started and runs no longer, and its end was not recorded: the machine stopped, or it was killed whole. */
  | { readonly state: 'lost'; readonly words: string }

/**
 * Runs what must not run twice: a migration. Whoever asks under a key that is known gets what is there, and nothing is
 * started. What runs outlives us, and its end is recorded without us.
 */
export interface TaskRunner {
  /** Notes the key durably, then starts it. Refuses an older fence per environment. Returns once it runs. */
  start(key: string, request: TaskRequest, call: Call): Promise<void>
  look(key: string): Promise<TaskLook>
  /** Ends it with all it started, and returns once nothing of it is left. What never ran, or ended, stays as it is. */
  stop(key: string): Promise<void>
  /** The end of what it printed, without secrets; empty for a key that is not known. */
  output(key: string, limit: number): Promise<string>
}
