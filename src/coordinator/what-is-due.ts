// Asks what is due only where the answer can be another: after an event, at a time that was named, or when the clock
// on the wall went back. A turn is also taken whenever something outside ended, and then mostly nothing has changed.
import type { EpochMs } from '../domain/names.ts'
import { due, type Intent } from '../domain/service/due.ts'
import type { ServiceState } from '../domain/service/state.ts'

/** However long nothing changes, an answer is not relied upon for longer. */
const RELIED_UPON_MS = 60_000

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

/** A move of the machine bears the time at which it was asked for. */
function reliedUponUntil(intents: readonly Intent[], now: EpochMs): EpochMs {
  let until = now + RELIED_UPON_MS
  for (const intent of intents) {
    if (intent.do === 'decide') return now
    if (intent.do === 'wake') until = Math.min(until, intent.at)
  }
  return until
}
