// Preparing a revert, as a person is told of it.
import type { RevertOutcome } from '../api/revert.ts'
import { prepareRevert } from '../coordinator/prepare-revert.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import type { Control } from '../server/control.ts'

/** Commits may have to be fetched first. */
const PREPARE_MS = 60_000

export function createRevertControl(parts: {
  readonly source: ChangeSource
  readonly state: (service: string) => ServiceState
  readonly now: () => number
}): Control['revert'] {
  return async ({ service, release, branch, reason, person }): Promise<RevertOutcome> => {
    const state = parts.state(service)
    const signal = AbortSignal.timeout(PREPARE_MS)
    const wish = { release, branch, reason, person, atMs: parts.now() }
    const prepared = await prepareRevert({ source: parts.source, state, signal }, wish)
    if ('refusal' in prepared) {
      const { refusal } = prepared
      return { done: false, refusal, prepared: null, text: refusal.text }
    }
    const watched = state.definition?.source.branch ?? ''
    const text = `the branch ${prepared.branch} takes it back, upon ${watched} at ${prepared.onto.slice(0, 12)}; nothing was opened or pushed`
    return { done: true, refusal: null, prepared, text }
  }
}
