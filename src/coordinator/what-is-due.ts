// Asks what is due only where the answer can be another: after an event, at a time that was named, or when the clock
// on the wall went back. A turn is also taken whenever something outside ended, and then mostly nothing has changed.
import type { EpochMs } from '../domain/names.ts'
import { due } from '../domain/service/due.ts'
import type { Intent } from '../domain/service/intent.ts'
import { reliedUponUntil } from '../domain/service/due-kept.ts'
import type { ServiceState } from '../domain/service/state.ts'

type Answer = {
  readonly state: ServiceState
  readonly from: EpochMs
  readonly until: EpochMs
  readonly intents: readonly Intent[]
}

export function createDueAsker(): (state: ServiceState, now: EpochMs) => readonly Intent[] {
  let known: Answer | undefined
  return (state, now) => {
    if (known?.state === state && known.from <= now && now < known.until) return known.intents
    const intents = due(state, now)
    known = { state, from: now, until: reliedUponUntil(intents, now), intents }
    return intents
  }
}
