// What is found to be at fault is rejected: a change of the code until it is lifted, settings until they are set again.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceEvent } from './event.ts'
import type { ServiceState } from './state.ts'

export function rejection(
  state: ServiceState,
  release: ReleaseNumber,
  said: { readonly reason: string; readonly at: EpochMs; readonly by: Actor },
): ServiceEvent {
  const origin = state.releases[release]?.origin
  if (origin?.kind !== 'settings') return { type: 'change-rejected', release, ...said }
  const { stage, version, over } = origin
  return { type: 'settings-rejected', release, stage, version, over, ...said }
}
