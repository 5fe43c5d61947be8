// The traffic router that comes with Sluice: router processes on this machine, found by their admin sockets.
import { RouterGone, RouterRefused } from '../../../api/router-admin/router-processes.ts'
import type { RouterProcess } from '../../../api/router-admin/router-processes.ts'
import { createPlanFolder } from '../../../api/router-admin/plan-folder.ts'
import { createRouterAdmin } from '../../../api/router-admin/router-admin.ts'
import type { RouterAdmin } from '../../../api/router-admin/router-admin.ts'
import type { FencedPlan } from '../../../api/router-admin/wire.ts'
import { environmentKey } from '../../../domain/names.ts'
import type { Environment, ReleaseNumber } from '../../../domain/names.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { TrafficRouter } from '../../../ports/traffic-router.ts'
import { checkedPlan, refuseStale } from '../fenced-plan.ts'

export type BuiltInRouterOptions = {
  /** The folder that the router processes were started with. */
  readonly stateDir: string
  readonly clock: Pick<Clock, 'sleep'>
  /** How long one router process may take for one answer; 2,000 by default. */
  readonly answerMsMax?: number
}

export function createBuiltInRouter(options: BuiltInRouterOptions): TrafficRouter {
  const { stateDir, clock, answerMsMax = 2_000 } = options
  const folder = createPlanFolder(stateDir)
  const deadline = () => AbortSignal.timeout(answerMsMax)
  const admin = createRouterAdmin({ stateDir, deadline, sleep: (ms, signal) => clock.sleep(ms, signal) })

  return {
    async apply(plan, call) {
      const asked: FencedPlan = { fence: call.fence, plan: checkedPlan(plan) }
      const where = environmentKey(plan.environment)
      const told = new Set<string>()
      const tell = () =>
        translated(`a router process did not take the plan of ${where}`, () => {
          call.signal.throwIfAborted()
          return admin.everyone(async (router) => {
            if (told.has(router.socket)) return
            refuseStale(await admin.apply(router, asked, call.signal), 'the router', asked)
            told.add(router.socket)
          })
        })
      const write = () => translated(`the plan of ${where} was not written`, () => folder.put(asked))
      // A bad release is served until the routers know, so that they do not wait for the disk.
      const [written] = await Promise.all([write(), tell()])
      refuseStale(written, 'the router', asked)
      // A process that starts from now on reads it there; one that started meanwhile is told now, so none is missed.
      await tell()
    },

    async inFlight(environment, release) {
      const counts = await translated('a router process did not say what is under way', () =>
        admin.everyone((router) => admin.inFlight(router, environment, release)),
      )
      return {
        requests: counts.reduce((sum, count) => sum + count.requests, 0),
        streams: counts.reduce((sum, count) => sum + count.streams, 0),
      }
    },

    async cut(environment, release) {
      await translated('a router process did not cut what is under way', () =>
        admin.everyone((router) => admin.cut(router, environment, release)),
      )
    },

    openDoor: (environment, release) => openDoor(admin, environment, release),

    async current(environment) {
      const plans = await translated('a router process did not say which plan it follows', () =>
        admin.everyone((router) => admin.current(router, environment)),
      )
      // Nobody runs: what is on disk is what the next process will follow.
      if (plans.length === 0) return (await translated('plans', () => folder.read(environment)))?.plan
      const inForce = plans.flatMap((each) => (each === undefined ? [] : [each.plan]))
      // The oldest, while processes differ: a plan is in force when all follow it.
      return inForce.toSorted((a, b) => a.generation - b.generation)[0]
    },
  }
}

async function openDoor(
  admin: RouterAdmin,
  environment: Environment,
  release: ReleaseNumber,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const what = `no door to release ${release} in ${environmentKey(environment)} could be opened`
  for (const router of await translated(what, () => admin.processes())) {
    const opened = await translated(what, () =>
      unlessGone(() => admin.openDoor(router, environment, release)),
    )
    if (opened !== undefined) return { url: opened.url, close: () => closeDoor(admin, router, opened.door) }
  }
  throw new PortFailure(`${what}: no router process runs; start one with \`sluice up\``, {
    code: 'router/nobody-there',
    again: 'retry',
  })
}

async function closeDoor(admin: RouterAdmin, router: RouterProcess, door: string): Promise<void> {
  await translated('a door was not closed', () => unlessGone(() => admin.closeDoor(router, door)))
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RouterGone) return undefined
    throw error
  }
}

async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PortFailure) throw error
    const why = error instanceof Error ? error.message : String(error)
    const code = error instanceof RouterRefused ? error.code : 'router/no-acknowledgement'
    throw new PortFailure(`${what}: ${why}; it is tried again`, { code, again: 'retry', cause: error })
  }
}
