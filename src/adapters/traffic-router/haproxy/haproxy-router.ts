// HAProxy as the data plane: the same plan, put in force over its runtime socket and acknowledged by reading it back.
import { createPlanFolder } from '../../../api/router-admin/plan-folder.ts'
import { staleness } from '../../../api/router-admin/wire.ts'
import type { FencedPlan } from '../../../api/router-admin/wire.ts'
import { environmentKey } from '../../../domain/names.ts'
import type { Environment, ReleaseNumber } from '../../../domain/names.ts'
import type { EnvironmentPlan } from '../../../domain/traffic/plan.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Log } from '../../../ports/log.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { TrafficRouter } from '../../../ports/traffic-router.ts'
import { checkedPlan, refuseStale } from '../fenced-plan.ts'
import { followPlan, slotKey } from './follow-plan.ts'
import type { HaproxyHosts } from './haproxy-hosts.ts'
import { cutServer, readMap, readServers, underWay, writeMap, type Haproxy } from './haproxy-maps.ts'
import { doorPorts, endLife, haproxyFiles, isSetUpAs, lifeOf, startHaproxy } from './haproxy-process.ts'

export type HaproxyRouterOptions = {
  /** Plans are kept in it, and HAProxy's own files in its folder `haproxy`. */
  readonly stateDir: string
  readonly host: string
  readonly port: number
  readonly hosts: HaproxyHosts
  readonly clock: Pick<Clock, 'sleep'>
  readonly log?: Log
  /** `haproxy` by default. */
  readonly program?: string
  /** How long it may take for one answer; 2,000 by default. */
  readonly answerMsMax?: number
}

export type HaproxyRouter = TrafficRouter & {
  /** Starts HAProxy where it does not run; fails where it cannot be. */
  begin(): Promise<void>
  /** Looks every second, and starts it again. */
  guard(signal: AbortSignal): Promise<void>
}

const GUARD_MS = 1_000

export function createHaproxyRouter(options: HaproxyRouterOptions): HaproxyRouter {
  const { stateDir, hosts, program = 'haproxy', answerMsMax = 2_000 } = options
  const folder = createPlanFolder(stateDir)
  const files = haproxyFiles(stateDir)
  const at: Haproxy = { ...files, signal: () => AbortSignal.timeout(answerMsMax) }
  const inTurn = oneAfterTheOther()
  const place = { ...options, suffix: hosts.suffix, program }
  let life: string | undefined
  let outlived: string | undefined

  /** Starts it where it does not run, and gives one that lost its maps every plan there is. */
  async function beThere(): Promise<void> {
    let now = await lifeOf(stateDir, at.signal())
    if (now === undefined || (now !== life && !(await isSetUpAs(place, at.signal())))) {
      const before = now
      await startHaproxy(place)
      now = await lifeOf(stateDir, at.signal())
      outlived = before
    }
    if (now === life) return
    const plans = (await folder.readAll()).map(({ plan }) => plan)
    const has = await readMap(at, 'plans')
    for (const plan of plans)
      if (!has.has(environmentKey(plan.environment))) await followPlan(at, plan, plans, hosts)
    // Doors of a process that is gone.
    await writeMap(at, 'doors', { remove: [...(await readMap(at, 'doors')).keys()] })
    life = now
    // Both take connections until the new one has every plan.
    endLife(outlived)
    outlived = undefined
  }

  async function slotOf(environment: Environment, release: ReleaseNumber): Promise<string | undefined> {
    const name = slotKey(environment, release)
    for (const [slot, held] of await readMap(at, 'slots')) if (held === name) return slot
    return undefined
  }

  const isThere = async () => (await lifeOf(stateDir, at.signal())) !== undefined

  const begin = () => inTurn('HAProxy was not started', beThere)

  return {
    begin,

    async guard(signal) {
      let isWell = true
      while (!signal.aborted) {
        await options.clock.sleep(GUARD_MS, signal)
        if (signal.aborted) return
        const error = await begin().then(
          () => undefined,
          (met: unknown) => met,
        )
        if (error !== undefined && isWell)
          options.log?.error(
            { error: error instanceof Error ? error.message : 'unknown' },
            'HAProxy does not run and cannot be started',
          )
        if (error === undefined && !isWell) options.log?.info({}, 'HAProxy runs again')
        isWell = error === undefined
      }
    },

    apply: (plan, call) =>
      inTurn(`the plan of ${environmentKey(plan.environment)} was not put in force`, async () => {
        call.signal.throwIfAborted()
        const asked: FencedPlan = { fence: call.fence, plan: checkedPlan(plan) }
        refuseStale(staleness(await folder.read(plan.environment), asked), 'HAProxy', asked)
        await beThere()
        const others = (await folder.readAll()).map((each) => each.plan)
        await followPlan(at, asked.plan, withPlan(others, asked.plan), hosts)
        refuseStale(await folder.put(asked), 'HAProxy', asked)
      }),

    inFlight: (environment, release) =>
      inTurn('HAProxy did not say what is under way', async () => {
        const slot = (await isThere()) ? await slotOf(environment, release) : undefined
        const requests = slot === undefined ? 0 : ((await underWay(at)).get(slot) ?? 0)
        return { requests, streams: 0 }
      }),

    cut: (environment, release) =>
      inTurn('HAProxy did not cut what is under way', async () => {
        const slot = (await isThere()) ? await slotOf(environment, release) : undefined
        if (slot === undefined) return
        for (const { name } of await readServers(at, slot)) await cutServer(at, slot, name)
      }),

    openDoor: (environment, release) =>
      inTurn(`no door to release ${release} in ${environmentKey(environment)} could be opened`, async () => {
        await beThere()
        const plan = (await folder.read(environment))?.plan
        const isPlanned = plan?.arms.some((arm) => arm.release === release && arm.instances.length > 0)
        const slot = isPlanned === true ? await slotOf(environment, release) : undefined
        if (slot === undefined) throw notHere(environment, release)
        const taken = await readMap(at, 'doors')
        const ports = await doorPorts(stateDir)
        const door = ports.findIndex((_, index) => !taken.has(String(index)))
        if (door < 0) throw tooMany()
        await writeMap(at, 'doors', { put: new Map([[String(door), slot]]) })
        let isOpen = true
        const close = async () => {
          // Twice is once: by then it may be somebody else's.
          if (!isOpen) return
          isOpen = false
          await inTurn('a door was not closed', async () => {
            if (await isThere()) await writeMap(at, 'doors', { remove: [String(door)] })
          })
        }
        return { url: `http://127.0.0.1:${ports[door]}`, close }
      }),

    current: (environment) =>
      inTurn('HAProxy did not say which plan it follows', async () => {
        const known = await folder.read(environment)
        // What is on disk is what it is given when it is started again.
        if (known === undefined || !(await isThere())) return known?.plan
        const record = (await readMap(at, 'plans')).get(environmentKey(environment))
        return record === undefined ? undefined : known.plan
      }),
  }
}

function withPlan(plans: readonly EnvironmentPlan[], plan: EnvironmentPlan): readonly EnvironmentPlan[] {
  const key = environmentKey(plan.environment)
  return [...plans.filter(({ environment }) => environmentKey(environment) !== key), plan]
}

/** Its socket takes one change after the other; so do we, with a plan as a whole. */
function oneAfterTheOther(): <T>(what: string, work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (what, work) => {
    const mine = last.then(() => translated(what, work))
    last = mine.catch(() => undefined)
    return mine
  }
}

async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PortFailure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PortFailure(`${what}: ${why}; it is tried again`, {
      code: 'router/no-acknowledgement',
      again: 'retry',
      cause: error,
    })
  }
}

function notHere(environment: Environment, release: ReleaseNumber): PortFailure {
  const where = environmentKey(environment)
  return new PortFailure(`release ${release} has no instances in the plan of ${where}; it is tried again`, {
    code: 'router/release-not-here',
    again: 'retry',
  })
}

function tooMany(): PortFailure {
  return new PortFailure('too many doors are open; close some first', {
    code: 'router/too-many-doors',
    again: 'retry',
  })
}
