// A page of one release may ask for an asset that only that release has, and reach another one. Content-hashed names
// mean the same thing in every release, so another release may answer for it.
import type { ServedArm, ServedPlan } from './plan-table.ts'

/** Whether the last part of a path carries a content hash before its extension (`app-4f9d0c2e.js`, `x.BkQ1ZaPw.css`). */
export function isHashedAsset(path: string): boolean {
  const file = path.split('?', 1)[0]?.split('/').at(-1) ?? ''
  const hash = /(?:^|[-._~])([0-9A-Za-z_]{8,})(?:\.[a-z0-9]{1,8}){1,2}$/.exec(file)?.[1]
  if (hash === undefined) return false
  if (/^[0-9a-f]+$/i.test(hash)) return true
  // Words are written in one case, with a capital at most; hashes of 62 signs are not.
  return /\d/.test(hash) || (/[a-z]/.test(hash) && /.[A-Z]/.test(hash))
}

/** The other releases with instances, newest first, live and warm alike. */
export function otherReleases(served: ServedPlan, chosen: ServedArm, limit: number): readonly ServedArm[] {
  return served.arms
    .filter((arm) => arm.release !== chosen.release && arm.upstreams.length > 0)
    .toSorted((a, b) => b.release - a.release)
    .slice(0, limit)
}
