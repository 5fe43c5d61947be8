// Finds an instance of a release that answers, and tries again where that cannot do a thing twice.
import type { Clock } from '../ports/clock.ts'
import type { RouterLimits } from './limits.ts'
import type { ServedArm, ServedPlan } from './plan-table.ts'
import type { RequestBody } from './request-body.ts'
import { attempt } from './upstream-attempt.ts'
import type { Attempt, AttemptEnd } from './upstream-attempt.ts'
import { markDown } from './upstream-probe.ts'
import type { Probing } from './upstream-probe.ts'
import { pickUpstream } from './upstream.ts'
import type { Upstream } from './upstream.ts'

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])

export type Asking = {
  readonly served: ServedPlan
  readonly arm: ServedArm
  readonly method: string
  readonly body: RequestBody
  /** Nobody waits any more: the client left, or the request was cut. */
  readonly isOver: () => boolean
  readonly attempt: Omit<Attempt, 'upstream' | 'isFresh' | 'method' | 'body'>
}

export type AskingTools = {
  readonly limits: RouterLimits
  readonly clock: Clock
  readonly probing: Probing
  /** Grows with every request, so that equals take turns. */
  readonly turn: () => number
}

/** The answer, or the last failure. An arm without instances cannot be asked. */
export async function askRelease(asking: Asking, tools: AskingTools): Promise<AttemptEnd> {
  const { served, arm, method, body } = asking
  const tried = new Set<Upstream>()
  const turn = tools.turn()
  const mayRepeat = IDEMPOTENT.has(method)
  let isFresh = !mayRepeat
  let again: Upstream | undefined
  let attempts = 0
  let last: AttemptEnd = { kind: 'failed', error: new Error('no instance'), when: 'refused' }
  for (;;) {
    const upstream = again ?? pickUpstream(arm.upstreams, tried, turn)
    if (upstream === undefined) return last
    again = undefined
    last = await attempt({ ...asking.attempt, method, body, upstream, isFresh }, tools.limits)
    if (last.kind !== 'failed') {
      upstream.downSinceMs = undefined
      return last
    }
    if (asking.isOver()) return last
    const isDead = last.when === 'refused' || last.when === 'after-sending'
    if (isDead) markDown(upstream, served.plan.healthPath, last.error, tools.probing)
    if (last.when === 'too-late') return last
    // A refusal is always safe and ends by itself: every instance is tried once.
    if (last.when !== 'refused') {
      attempts += 1
      if (!mayRepeat || !body.canBeSentAgain || attempts >= tools.limits.attemptsMax) return last
    }
    // A connection that had rested may have been closed under us; the instance itself gets another chance.
    if (last.when === 'on-rested-connection') [again, isFresh] = [upstream, true]
    else tried.add(upstream)
    arm.traffic.retried += 1
  }
}
