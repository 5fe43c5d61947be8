// What the story came to, told from outside: from what the visitors saw and from the event log, by order and count,
// never by a clock. Each claim is a sentence that holds or does not; pure, so that tests can show each of them failing.
import type { Claim, Evidence } from './claim.ts'
import { eventClaims, restClaims } from './event-claims.ts'
import { replayClaim } from './replay-claim.ts'
import { visitorClaims } from './visitor-claims.ts'

export function claimsOf(evidence: Evidence): readonly Claim[] {
  return [
    ...eventClaims(evidence),
    ...visitorClaims(evidence),
    ...restClaims(evidence),
    replayClaim(evidence),
  ]
}
