// What every traffic router must keep. `subject` makes a router that has no plan yet and room for one more process
// where it has processes; instances are addresses where something listens.
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../domain/names.ts'
import type { EnvironmentPlan, PlanInstance } from '../../domain/traffic/plan.ts'
import type { Call } from '../../ports/call.ts'
import type { TrafficRouter } from '../../ports/traffic-router.ts'

export type TrafficRouterSubject = {
  readonly router: TrafficRouter
  readonly instance: PlanInstance
}

const PRODUCTION: Environment = { service: 'shop', stage: 'production' }
const STAGING: Environment = { service: 'shop', stage: 'staging' }

export function trafficRouterContract(name: string, subject: () => Promise<TrafficRouterSubject>): void {
  describe(`${name} keeps the promises of a traffic router`, () => {
    test('an applied plan is the current one, to the last field', async () => {
      const { router, instance } = await subject()
      const plan = planOf(instance, { generation: 1, candidatePercent: 10 })
      await router.apply(plan, call(1))
      expect(await router.current(PRODUCTION)).toEqual(plan)
    })

    test('an environment without plan has none', async () => {
      const { router, instance } = await subject()
      expect(await router.current(PRODUCTION)).toBeUndefined()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 0 }), call(1))
      expect(await router.current(STAGING)).toBeUndefined()
    })

    test('a newer generation takes the place of an older one', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 10 }), call(1))
      await router.apply(planOf(instance, { generation: 5, candidatePercent: 50 }), call(2))
      expect(await router.current(PRODUCTION)).toMatchObject({ generation: 5 })
    })

    test('the very same plan is acknowledged again, also with its parts in another order of keys', async () => {
      const { router, instance } = await subject()
      const plan = planOf(instance, { generation: 3, candidatePercent: 10 })
      await router.apply(plan, call(7))
      await router.apply(plan, call(8))
      const turned = Object.fromEntries(Object.entries(plan).toReversed()) as unknown as EnvironmentPlan
      await router.apply(turned, call(8))
      expect(await router.current(PRODUCTION)).toEqual(plan)
    })

    test('an older generation is refused for good, and changes nothing', async () => {
      const { router, instance } = await subject()
      const plan = planOf(instance, { generation: 3, candidatePercent: 0 })
      await router.apply(plan, call(1))
      const older = planOf(instance, { generation: 2, candidatePercent: 100 })
      await expect(router.apply(older, call(9))).rejects.toMatchObject({
        code: 'fence/stale',
        again: 'never',
      })
      expect(await router.current(PRODUCTION)).toEqual(plan)
    })

    test('another plan of the same generation is refused for good', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 3, candidatePercent: 0 }), call(1))
      const other = planOf(instance, { generation: 3, candidatePercent: 100 })
      await expect(router.apply(other, call(2))).rejects.toMatchObject({
        code: 'fence/stale',
        again: 'never',
      })
    })

    test('an older fence is refused for good, whatever its generation', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 3, candidatePercent: 0 }), call(10))
      const late = planOf(instance, { generation: 4, candidatePercent: 100 })
      await expect(router.apply(late, call(9))).rejects.toMatchObject({ code: 'fence/stale', again: 'never' })
      expect(await router.current(PRODUCTION)).toMatchObject({ generation: 3 })
    })

    test('environments have generations and fences of their own', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 30, candidatePercent: 0 }), call(30))
      const staging = {
        ...planOf(instance, { generation: 1, candidatePercent: 0 }),
        environment: STAGING,
        isLast: false,
      }
      await router.apply(staging, call(1))
      expect(await router.current(STAGING)).toMatchObject({ generation: 1 })
      expect(await router.current(PRODUCTION)).toMatchObject({ generation: 30 })
    })

    test('of plans sent at once the newest stays', async () => {
      const { router, instance } = await subject()
      const generations = [4, 1, 5, 2, 3]
      await Promise.allSettled(
        generations.map((generation) =>
          router.apply(planOf(instance, { generation, candidatePercent: 0 }), call(generation)),
        ),
      )
      expect(await router.current(PRODUCTION)).toMatchObject({ generation: 5 })
    })

    test('nothing is under way to a release that nobody asked for', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 0 }), call(1))
      expect(await router.inFlight(PRODUCTION, 12)).toEqual({ requests: 0, streams: 0 })
      expect(await router.inFlight(PRODUCTION, 99)).toEqual({ requests: 0, streams: 0 })
      expect(await router.inFlight(STAGING, 12)).toEqual({ requests: 0, streams: 0 })
    })

    test('cutting a release that nothing is under way to changes nothing, twice', async () => {
      const { router, instance } = await subject()
      const plan = planOf(instance, { generation: 1, candidatePercent: 0 })
      await router.apply(plan, call(1))
      await router.cut(PRODUCTION, 12)
      await router.cut(PRODUCTION, 12)
      expect(await router.current(PRODUCTION)).toEqual(plan)
    })

    test('a door opens to a release of weight 0 and may be closed twice', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 0 }), call(1))
      const door = await router.openDoor(PRODUCTION, 12)
      expect(new URL(door.url).protocol).toBe('http:')
      await door.close()
      await door.close()
    })

    test('two doors to one release are two', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 0 }), call(1))
      const [one, other] = [await router.openDoor(PRODUCTION, 12), await router.openDoor(PRODUCTION, 12)]
      expect(one.url).not.toBe(other.url)
      await one.close()
      await other.close()
    })

    test('a door to a release that is not in the plan does not open yet', async () => {
      const { router, instance } = await subject()
      await router.apply(planOf(instance, { generation: 1, candidatePercent: 0 }), call(1))
      await expect(router.openDoor(PRODUCTION, 99)).rejects.toMatchObject({
        code: 'router/release-not-here',
        again: 'retry',
      })
    })
  })
}

function planOf(
  instance: PlanInstance,
  { generation, candidatePercent }: { readonly generation: number; readonly candidatePercent: number },
): EnvironmentPlan {
  return {
    environment: PRODUCTION,
    generation,
    salt: 'contract',
    userKey: { from: 'cookie', name: 'uid' },
    drainMs: 30_000,
    healthPath: '/healthz',
    arms: [
      { release: 11, weightPercent: 100 - candidatePercent, instances: [instance] },
      { release: 12, weightPercent: candidatePercent, instances: [instance] },
    ],
    isLast: true,
    stageIndex: 2,
  }
}

function call(fence: number): Call {
  return { key: `contract/${fence}`, fence, signal: AbortSignal.timeout(20_000) }
}
