// A change that a search found is taken back in a branch at once, for people to look at and to merge: nothing is opened
// or pushed, and what is not merged changes nothing.
import type { ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import type { Intent } from './intent.ts'
import { isLifted } from './lifting.ts'
import type { Release, ServiceState } from './state.ts'
import { lineBook } from './worked-out.ts'

export type FoundRevert =
  | { readonly state: 'owed' }
  | { readonly state: 'ready'; readonly branch: string; readonly fetchFrom: string | null }
  /** It does not fit, or cannot be made here. */
  | { readonly state: 'not-made'; readonly message: string }

export function revertIntents(state: ServiceState): readonly Intent[] {
  const owed = lineBook(state).rejected.find(
    ({ release, revert }) => revert?.state === 'owed' && !isLifted(state, release, state.head),
  )
  return owed ? [{ do: 'prepare-revert', release: owed.release }] : []
}

export function reportRevert(
  state: ServiceState,
  { release, made, message, at, by }: Extract<ServiceCommand, { type: 'report-revert' }>,
): Decision {
  if (state.releases[release]?.revert?.state !== 'owed') return nothing
  return accept({ type: 'revert-prepared', release, made, message, at, by })
}

export function withRevert(
  release: Release,
  { made, message }: Extract<ServiceEvent, { type: 'revert-prepared' }>,
): Release {
  const revert: FoundRevert = made ? { state: 'ready', ...made } : { state: 'not-made', message }
  return { ...release, revert }
}

export function revertText(release: ReleaseNumber, revert: FoundRevert): string {
  const name = releaseName(release)
  switch (revert.state) {
    case 'owed':
      return `a branch that takes ${name} back is being made`
    case 'ready': {
      const from = revert.fetchFrom === null ? '' : `: git fetch ${revert.fetchFrom} ${revert.branch}`
      return `the branch ${revert.branch} takes ${name} back, and waits for somebody to look at it and to merge it${from}`
    }
    case 'not-made':
      return revert.message
  }
}
