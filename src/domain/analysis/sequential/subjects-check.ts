// Do the routers split the people as the plan says? Asked of subjects (a sticky customer counts once), never of
// requests: a few busy customers would look like a wrong split. The split is known exactly, so this needs no baseline.
import { logBeta } from '../numbers/log-gamma.ts'

/** How sure the prior is of the configured share: tight, so that a small drift is seen. */
const PRIOR_SUBJECTS = 1_000

export type SubjectsSeen = { readonly candidate: number; readonly all: number }

/** Logarithm of the e-value against "each subject falls to the candidate with the configured chance". */
export function logSplitEvidence({ candidate, all }: SubjectsSeen, share: number): number {
  if (!(share > 0 && share < 1) || all <= 0) return 0
  const [a, b] = [PRIOR_SUBJECTS * share, PRIOR_SUBJECTS * (1 - share)]
  const others = all - candidate
  return (
    logBeta(a + candidate, b + others) -
    logBeta(a, b) -
    candidate * Math.log(share) -
    others * Math.log(1 - share)
  )
}

/** A request that was answered by another release than the plan says for its subject is no matter of chance. */
export type PlanCheck = { readonly asPlanned: number; readonly otherwise: number }

export function trafficDoubt(
  plan: PlanCheck | null,
  split: { readonly seen: SubjectsSeen; readonly share: number } | null,
  chance: number,
): string | null {
  if (plan !== null && plan.otherwise > 0)
    return `${plan.otherwise} of ${plan.otherwise + plan.asPlanned} requests were answered by another release than the traffic plan says`
  if (split === null) return null
  const { seen, share } = split
  if (logSplitEvidence(seen, share) < Math.log(1 / chance)) return null
  return `${seen.candidate} of ${seen.all} visitors came to a release that was to get ${(share * 100).toFixed(1)} % of them`
}
