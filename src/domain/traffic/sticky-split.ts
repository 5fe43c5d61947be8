// Which release a user gets. The answer depends on salt, user and weights alone, so every router process and every
// restart gives the same one.
import type { ReleaseNumber } from '../names.ts'
import type { PlanArm } from './plan.ts'
import { xxh32 } from './xxh32.ts'

type Share = { readonly release: ReleaseNumber; readonly weightPercent: number }

/** Steps of a hundredth of a percent; HAProxy reaches the same number with `xxh32,mod(10000)`. */
const POINTS = 10_000

/** Where a user stands in [0, 100), for ever the same under one salt. */
export function splitPoint(salt: string, subject: string): number {
  return ((xxh32(`${salt}:${subject}`) % POINTS) * 100) / POINTS
}

/** Arms in the order in which they share out [0, 100): newest release first. Arms of weight 0 get nothing. */
export function splitOrder<Arm extends Share>(arms: readonly Arm[]): readonly Arm[] {
  return arms.filter((arm) => arm.weightPercent > 0).toSorted((a, b) => b.release - a.release)
}

/**
 * The arm of an ordered split that holds the point; undefined when there is none. The newest release holds [0, w),
 * so whoever got it at 10 % keeps it at 25 %, and while it goes back to 10 % nobody new gets it. The last arm takes what
 * rounding leaves over.
 */
export function armAt<Arm extends Share>(ordered: readonly Arm[], point: number): Arm | undefined {
  let edge = 0
  for (const arm of ordered) {
    edge += arm.weightPercent
    if (point < edge) return arm
  }
  return ordered.at(-1)
}

/** One step for those who do not keep the order: the release a subject gets under these arms. */
export function stickySplit(salt: string, subject: string, arms: readonly PlanArm[]): PlanArm | undefined {
  return armAt(splitOrder(arms), splitPoint(salt, subject))
}
