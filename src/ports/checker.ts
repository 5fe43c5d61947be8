import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { CheckDefinition } from '../domain/pipeline/definition.ts'

export type CheckRequest = {
  readonly environment: Environment
  readonly release: ReleaseNumber
  readonly sha: string
  /** Commit that the stage ran before; null on a first release. */
  readonly baseSha: string | null
  readonly artifact: string
  readonly check: CheckDefinition
  /** Leads to the candidate and nothing else while the check runs. */
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

export type CheckResult = { readonly passed: boolean; readonly message: string; readonly output: string }

export interface Checker {
  /** Runs one check to its end. Idempotent in meaning: it may run again after a crash. Throws only for our own trouble. */
  run(request: CheckRequest): Promise<CheckResult>
}
