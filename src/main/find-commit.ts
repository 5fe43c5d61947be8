// The commit that a person names for a deploy.
import type { Change } from '../domain/change/change.ts'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import { PortFailure } from '../ports/port-failure.ts'

/** It may have to be fetched. */
const FIND_MS_MAX = 20_000

/** What a person calls a commit may be none: that is a refusal, and no trouble of ours. */
export async function findCommit(
  source: ChangeSource,
  from: ServiceDefinition['source'] | undefined,
  commit: string,
): Promise<Change | { readonly refusal: Refusal }> {
  if (!from) return { refusal: { code: 'service/unknown', text: 'this service is not configured' } }
  try {
    const signal = AbortSignal.timeout(FIND_MS_MAX)
    return await source.find({ git: from.git, branch: from.branch, commit, signal })
  } catch (error) {
    if (error instanceof PortFailure && error.again === 'never')
      return { refusal: { code: error.code, text: error.message } }
    throw error
  }
}
