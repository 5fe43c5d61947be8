// Log messages that only the candidate writes. How telling one is: had both versions written it alike, every minute in
// which it was seen would have been the candidate's with the candidate's share only.

/** One message, told apart by its fingerprint: minutes in which only the candidate wrote it, and the share it had. */
export type OnlyHere = { readonly fingerprint: string; readonly minutes: number; readonly share: number }

/** In the order they were first seen; each later one weighs less, so that any number may be watched. */
export function fingerprintEvidence(seen: readonly OnlyHere[]): number {
  let [sum, rest] = [0, 1]
  for (const [at, { minutes, share }] of seen.entries()) {
    const weight = 6 / (Math.PI ** 2 * (at + 1) ** 2)
    sum += weight * Math.min(1e100, (1 / Math.max(share, 1e-6)) ** minutes)
    rest -= weight
  }
  return sum + Math.max(0, rest)
}
