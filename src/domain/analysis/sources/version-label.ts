// Which release the value of a label means.
import type { ReleaseNumber } from '../../names.ts'
import { releaseName } from '../../release-number.ts'

export type VersionOf = { readonly release: ReleaseNumber; readonly sha: string }

/** A commit is known by no fewer of its digits. */
const SHA_DIGITS_MIN = 7

/**
 * By its number, with or without `#`, or by how its commit begins; null for any other value. What could be both is a
 * number: nobody writes a commit with six digits.
 */
export function releaseOfVersion(value: string, versions: readonly VersionOf[]): ReleaseNumber | null {
  const text = value.trim().toLowerCase()
  const numbered = versions.find(({ release }) => releaseName(release).slice(1) === text.replace(/^#/, ''))
  if (numbered) return numbered.release
  if (text.length < SHA_DIGITS_MIN || !/^[0-9a-f]+$/.test(text)) return null
  const [found, another] = versions.filter(({ sha }) => sha.toLowerCase().startsWith(text))
  return found === undefined || another !== undefined ? null : found.release
}
