// Numbers of releases. The line counts 1, 2, 3 …; a release that is not of the line has a number far above it, from
// which its written name can be told: `#5+1` is the first built upon #5, `#0+7` the seventh built upon nothing we know.
import type { ReleaseNumber } from './names.ts'

const BUILT_UPON = 100_000_000
/** Builds upon one release of the line. */
const PER_BASE = 1_000
const OFF_LINE = 900_000_000
/** Every number stays below this: nine digits, which is what addresses and plans hold. */
const END = 1_000_000_000

export function isOfLine(release: ReleaseNumber): boolean {
  return release < BUILT_UPON
}

/** The number of the `count`th release built upon `base` of the line, or off the line where `base` is 0. */
export function offLineNumber(base: ReleaseNumber, count: number): ReleaseNumber | undefined {
  const number = base === 0 ? OFF_LINE + count : BUILT_UPON + base * PER_BASE + count
  const end = base === 0 ? END : Math.min(OFF_LINE, BUILT_UPON + (base + 1) * PER_BASE)
  return count > 0 && number < end ? number : undefined
}

/** Release of the line that it is, or was built upon; 0 for what has nothing to do with the line. */
export function baseOf(release: ReleaseNumber): ReleaseNumber {
  if (isOfLine(release)) return release
  return release < OFF_LINE ? Math.floor((release - BUILT_UPON) / PER_BASE) : 0
}

/** How many were built upon the same base before, and this one. 0 for a release of the line. */
export function countOf(release: ReleaseNumber): number {
  if (isOfLine(release)) return 0
  return release < OFF_LINE ? (release - BUILT_UPON) % PER_BASE : release - OFF_LINE
}

/** `12` or `5+1`. */
export function releaseWord(release: ReleaseNumber): string {
  return isOfLine(release) ? `${release}` : `${baseOf(release)}+${countOf(release)}`
}

/** `#12` or `#5+1`: how people read it everywhere. */
export function releaseName(release: ReleaseNumber): string {
  return `#${releaseWord(release)}`
}

const NAME = /^#?([1-9]\d{0,5}|0(?=\+))(?:\+([1-9]\d{0,7}))?$/

/** The number that `#12`, `12` or `#5+1` writes; undefined for anything else. */
export function readReleaseName(name: string): ReleaseNumber | undefined {
  const [, base, count] = NAME.exec(name) ?? []
  if (base === undefined) return undefined
  return count === undefined ? Number(base) : offLineNumber(Number(base), Number(count))
}

/** Merge order, what was built upon a release right after it, and what is off the line before all of it. */
export function inOrder(left: ReleaseNumber, right: ReleaseNumber): number {
  return baseOf(left) - baseOf(right) || countOf(left) - countOf(right)
}
