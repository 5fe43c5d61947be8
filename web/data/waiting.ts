import type { Reason, StageView } from '../../src/api/board.ts'
import { nameRelease } from './wording.ts'

export type WaitingGroup = { readonly releases: readonly number[]; readonly why: readonly Reason[] }

/** Neighbours that wait for the very same reasons, told once. Order is kept: the next one to enter stands first. */
export function groupWaiting(waiting: StageView['waiting']): readonly WaitingGroup[] {
  const groups: { releases: number[]; why: readonly Reason[] }[] = []
  for (const each of waiting) {
    const last = groups.at(-1)
    if (last !== undefined && isSame(last.why, each.why)) last.releases.push(each.release)
    else groups.push({ releases: [each.release], why: each.why })
  }
  return groups
}

/** `#45`, `#45, #46`, `#45 … #50`. */
export function nameGroup(releases: readonly number[]): string {
  const first = releases[0]
  const last = releases.at(-1)
  if (first === undefined || last === undefined) return ''
  if (releases.length <= 2) return releases.map(nameRelease).join(', ')
  return `${nameRelease(first)} … ${nameRelease(last)}`
}

function isSame(a: readonly Reason[], b: readonly Reason[]): boolean {
  return (
    a.length === b.length &&
    a.every((reason, index) => reason.text === b[index]?.text && reason.until === b[index]?.until)
  )
}
