// What every data plane asks of a plan before it follows it: that it is one, and that none newer is in force.
import { planSchema } from '../../api/router-admin/wire.ts'
import type { FencedPlan, PlanAnswer } from '../../api/router-admin/wire.ts'
import { environmentKey } from '../../domain/names.ts'
import { PortFailure, staleFence } from '../../ports/port-failure.ts'

/** Throws `router/bad-plan` with what is wrong. */
export function checkedPlan(plan: FencedPlan['plan']): FencedPlan['plan'] {
  const parsed = planSchema.safeParse(plan)
  if (parsed.success) return parsed.data
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new PortFailure(`the plan of ${environmentKey(plan.environment)} is not valid: ${problem}`, {
    code: 'router/bad-plan',
    again: 'never',
    cause: parsed.error,
  })
}

/** `who` follows another one, in words. Nothing where the plan is in force, or nothing speaks against it. */
export function refuseStale(answer: PlanAnswer | undefined, who: string, { fence, plan }: FencedPlan): void {
  if (answer === undefined || answer.state === 'in-force') return
  const where = `${who} of ${environmentKey(plan.environment)}${answer.what === 'fence' ? '' : ', by generation,'}`
  throw staleFence(where, answer.seen, answer.what === 'fence' ? fence : plan.generation)
}
