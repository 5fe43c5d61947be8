// What every deployment target promises. An adapter's folder runs this suite against the real thing; time passes by
// `eventually`, so that a target in simulated time and one with real processes keep the same rules.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Environment } from '../../domain/names.ts'
import type { WorkerRecipe } from '../../domain/pipeline/definition.ts'
import type { Call } from '../../ports/call.ts'
import type { DeploymentTarget, FleetLook, FleetWish, InstanceLook } from '../../ports/deployment-target.ts'

/** What an adapter brings so that its target can be tried. */
export type DeploymentTargetStage = {
  target(): DeploymentTarget
  /** Lets go of the target and opens it again over the same state, as a restarted server does. */
  reopen(): Promise<void>
  /** An artifact and a way to run it that behaves like this. Health wait of `never-ready`: at most a second. */
  recipe(behaviour: 'well' | 'never-ready' | 'ends-at-once'): Pick<FleetWish, 'artifact' | 'run'>
  /** A process without a port that an artifact of `well` holds; its name is `worker`. */
  worker(): WorkerRecipe
  /** Lets time pass until it holds, and fails when it does not within the adapter's own limit. */
  eventually(holds: () => Promise<boolean>, what: string): Promise<void>
  /** Stops everything and removes all traces. */
  end(): Promise<void>
}

const staging: Environment = { service: 'shop', stage: 'staging' }
const production: Environment = { service: 'shop', stage: 'production' }

export function deploymentTargetContract(name: string, open: () => Promise<DeploymentTargetStage>): void {
  describe(`${name} keeps the promises of a deployment target`, () => {
    let stage: DeploymentTargetStage

    beforeEach(async () => {
      stage = await open()
    })
    afterEach(() => stage.end())

    const wish = (
      count: number,
      more: Partial<FleetWish> & { behaviour?: Parameters<DeploymentTargetStage['recipe']>[0] } = {},
    ): FleetWish => {
      const { behaviour = 'well', ...rest } = more
      const base = { environment: staging, release: 1, count, env: {}, role: 'live' as const }
      return { ...base, ...stage.recipe(behaviour), ...rest }
    }
    const scale = (wished: FleetWish, fence = 1) => stage.target().scale(wished, call(fence))
    const fleet = (environment = staging, release = 1) => fleetOf(stage.target(), environment, release)
    const instances = async (environment = staging, release = 1) =>
      (await fleet(environment, release))?.instances ?? []
    const until = (holds: (seen: readonly InstanceLook[]) => boolean, what: string, release = 1) =>
      stage.eventually(async () => holds(await instances(staging, release)), what)
    const untilReady = (count: number, release = 1) =>
      until((seen) => seen.length === count && seen.every(isReady), `${count} ready`, release)
    const untilGone = (release = 1) => until((seen) => seen.length === 0, 'all gone', release)

    test('a wish is noted when scale returns, and reached later', async () => {
      await scale(wish(2))
      expect((await fleet())?.wanted).toBe(2)
      await untilReady(2)
    })

    test('instances have an address of their own', async () => {
      await scale(wish(3))
      await untilReady(3)
      const seen = await instances()
      expect(new Set(seen.map(({ host, port }) => `${host}:${port}`)).size).toBe(3)
      expect(new Set(seen.map(({ id }) => id)).size).toBe(3)
      expect(seen.every(({ port, restarts }) => port > 0 && restarts === 0)).toBe(true)
    })

    test('the same wish twice is one wish', async () => {
      await scale(wish(2))
      await untilReady(2)
      const before = await instances()
      await scale(wish(2))
      await scale(wish(2), 2)
      expect((await instances()).map(identity)).toEqual(before.map(identity))
    })

    const withWorkers = (count: number, workers: Readonly<Record<string, number>>): FleetWish => {
      const base = wish(count)
      return { ...base, run: { ...base.run, workers: [stage.worker()] }, workers }
    }
    const processes = async (): Promise<readonly string[]> =>
      (await instances()).filter(isReady).map(({ process, port }) => `${process ?? 'main'} ${port > 0}`)

    test('other processes of a release have counts of their own, and no port', async () => {
      await scale(withWorkers(1, { worker: 2 }))
      await untilReady(3)
      expect((await processes()).toSorted()).toEqual(['main true', 'worker false', 'worker false'])
      expect((await fleet())?.wanted).toBe(1)
    })

    test('a wish for fewer of them stops these, and leaves the others alone', async () => {
      await scale(withWorkers(2, { worker: 2 }))
      await untilReady(4)
      const before = (await instances()).filter(({ process }) => process === undefined).map(identity)
      await scale(withWorkers(2, { worker: 1 }))
      await untilReady(3)
      await scale(withWorkers(2, {}))
      await untilReady(2)
      expect((await instances()).map(identity)).toEqual(before)
    })

    test('a wish that leaves the count alone stops only them, and starts nothing when it lands after the last stop', async () => {
      const onlyWorkers = { ...withWorkers(5, {}), keepsCount: true as const }
      await scale(withWorkers(2, { worker: 1 }))
      await until((seen) => seen.filter(isReady).length === 3, 'two and a worker')
      await scale(onlyWorkers)
      await untilReady(2)
      expect((await fleet())?.wanted).toBe(2)
      await scale(withWorkers(0, {}))
      await untilGone()
      await scale(onlyWorkers)
      expect(await instances()).toEqual([])
    })

    test('a wish for none stops them with the rest, and they are there after a restart of the server', async () => {
      await scale(withWorkers(1, { worker: 1 }))
      await untilReady(2)
      const before = (await instances()).map(identity)
      await stage.reopen()
      await untilReady(2)
      expect((await instances()).map(identity)).toEqual(before)
      await scale(withWorkers(0, { worker: 1 }))
      await untilGone()
    })

    test('growing keeps those that run', async () => {
      await scale(wish(1))
      await untilReady(1)
      const [first] = await instances()
      await scale(wish(3), 2)
      await untilReady(3)
      expect((await instances()).map(identity)).toContainEqual(identity(first!))
    })

    test('shrinking stops the newest and keeps the others as they are', async () => {
      await scale(wish(1))
      await untilReady(1)
      const [oldest] = await instances()
      await scale(wish(3), 2)
      await untilReady(3)
      await scale(wish(1), 3)
      await until((seen) => seen.length === 1, 'one left')
      expect((await instances()).map(identity)).toEqual([identity(oldest!)])
    })

    test('shrinking keeps what the plan names, whatever its age', async () => {
      await scale(wish(1))
      await untilReady(1)
      await scale(wish(3), 2)
      await untilReady(3)
      const [first, ...others] = await instances()
      const named = others.map(({ id }) => id)
      await scale(wish(2, { keep: named }), 3)
      await until((seen) => seen.length === 2, 'two left')
      expect((await instances()).map(({ id }) => id).toSorted()).toEqual(named.toSorted())
      expect(named).not.toContain(first!.id)
    })

    test('none wanted: all are stopped, and nothing is left to find', async () => {
      await scale(wish(2))
      await untilReady(2)
      expect(await stage.target().environments()).toEqual([staging])
      await scale(wish(0), 2)
      expect((await instances()).every(({ state }) => state === 'stopping')).toBe(true)
      await untilGone()
      expect(await stage.target().environments()).toEqual([])
      await expect(fleet()).resolves.toBeUndefined()
    })

    test('a wish taken back at once leaves nothing', async () => {
      await scale(wish(3))
      await scale(wish(0), 2)
      await untilGone()
    })

    test('a wish for none of what never ran is harmless', async () => {
      await scale(wish(0))
      expect(await stage.target().environments()).toEqual([])
    })

    test('an older fence is refused and changes nothing', async () => {
      await scale(wish(1), 5)
      await expect(scale(wish(0), 4)).rejects.toMatchObject({ code: 'fence/stale', again: 'never' })
      expect((await fleet())?.wanted).toBe(1)
      await untilReady(1)
    })

    test('of wishes that arrive at once and out of order, the newest fence stands', async () => {
      const asked = [3, 1, 2].map((fence) => scale(wish(fence), fence))
      await Promise.allSettled(asked)
      expect((await fleet())?.wanted).toBe(3)
      await untilReady(3)
    })

    test('a fence counts for all releases of its environment, and for no other environment', async () => {
      await scale(wish(1), 5)
      await expect(scale(wish(1, { release: 2 }), 4)).rejects.toMatchObject({ code: 'fence/stale' })
      await scale(wish(1, { environment: production }), 1)
      expect((await fleet(production))?.wanted).toBe(1)
    })

    test('a fence outlives a restart, and the last instance', async () => {
      await scale(wish(1), 5)
      await scale(wish(0), 6)
      await untilGone()
      await stage.reopen()
      await expect(scale(wish(1), 5)).rejects.toMatchObject({ code: 'fence/stale' })
    })

    test('a restart of the server leaves instances as they are', async () => {
      await scale(wish(2))
      await untilReady(2)
      const before = await instances()
      await stage.reopen()
      expect((await instances()).map(identity)).toEqual(before.map(identity))
      expect((await instances()).every(isReady)).toBe(true)
      expect((await fleet())?.wanted).toBe(2)
    })

    test('two releases live side by side, and one is stopped alone', async () => {
      await scale(wish(1))
      await scale(wish(2, { release: 2, role: 'candidate' }), 2)
      await untilReady(1)
      await untilReady(2, 2)
      expect((await stage.target().look(staging)).map(({ release }) => release)).toEqual([1, 2])
      await scale(wish(0), 3)
      await untilGone()
      await untilReady(2, 2)
    })

    test('memory, where it is told, is told of every host that runs instances', async () => {
      await scale(wish(1))
      await untilReady(1)
      const told = await stage.target().memory?.()
      if (told === undefined) return
      const hosts = (await instances()).map(({ host }) => host)
      expect(told.map(({ host }) => host)).toEqual(expect.arrayContaining(hosts))
      for (const { bytes } of told) expect(bytes).toBeGreaterThan(1e6)
    })

    test('a new role alone restarts nothing', async () => {
      await scale(wish(1, { role: 'candidate' }))
      await untilReady(1)
      const before = await instances()
      await scale(wish(1, { role: 'live' }), 2)
      expect((await instances()).map(identity)).toEqual(before.map(identity))
    })

    test('what never gets ready is failed, with words, and is never called ready', async () => {
      await scale(wish(1, { behaviour: 'never-ready' }))
      const states = new Set<string>()
      await until((seen) => {
        for (const { state } of seen) states.add(state)
        return seen.some(({ state }) => state === 'failed')
      }, 'failed')
      expect(states.has('ready')).toBe(false)
      expect((await instances())[0]?.lastWords).toMatch(/\S/)
    })

    test('what ends again and again is in a crash loop, is counted, and has last words', async () => {
      await scale(wish(1, { behaviour: 'ends-at-once' }))
      await until((seen) => seen.some(({ state }) => state === 'crash-looping'), 'crash-looping')
      const [seen] = await instances()
      expect(seen?.restarts).toBeGreaterThanOrEqual(3)
      expect(seen?.lastWords).toMatch(/\S/)
      await scale(wish(0), 2)
      await untilGone()
    })

    test('a call whose deadline has passed fails as retryable', async () => {
      const late = { ...call(1), signal: AbortSignal.abort() }
      await expect(stage.target().scale(wish(1), late)).rejects.toMatchObject({
        name: 'PortFailure',
        again: 'retry',
      })
    })

    test('the output of an instance that is not there is refused with a code', async () => {
      await expect(stage.target().output('ins_nobody', 100)).rejects.toMatchObject({
        code: 'target/unknown-instance',
        again: 'never',
      })
    })
  })
}

async function fleetOf(
  target: DeploymentTarget,
  environment: Environment,
  release: number,
): Promise<FleetLook | undefined> {
  return (await target.look(environment)).find((fleet) => fleet.release === release)
}

function call(fence: number): Call {
  return { key: `contract/${fence}`, fence, signal: new AbortController().signal }
}

function isReady(instance: InstanceLook): boolean {
  return instance.state === 'ready'
}

/** What stays the same as long as nobody restarts it. */
function identity({ id, host, port, startedAt, restarts }: InstanceLook) {
  return { id, host, port, startedAt, restarts }
}
