// Replacing what a killed keeper left: first new routers, then the old ones end politely, so that no request is lost;
// the old server ends before a new one starts, for there must never be two.
import { lifeOf } from '../adapters/traffic-router/haproxy/haproxy-process.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { askRouter, listRouters } from '../api/router-admin/router-processes.ts'
import { isRunning, leftBehind } from './left-behind.ts'
import type { Places } from './places.ts'

const LOOK_MS = 50
const SERVER_MS_MAX = 15_000
const ROUTERS_READY_MS_MAX = 20_000
const ANSWER_MS_MAX = 1_000
const readySchema = z.object({ state: z.string() })

/** Resolves when no earlier server runs any more. */
export async function endOldServers(servers: readonly number[]): Promise<void> {
  for (const pid of servers) signal(pid, 'SIGTERM')
  if (await until(() => !servers.some(isRunning), SERVER_MS_MAX)) return
  for (const pid of servers) signal(pid, 'SIGKILL')
  await until(() => !servers.some(isRunning), SERVER_MS_MAX)
}

/** Waits for routers that are not among the old ones, then lets the old ones finish what they have. */
export async function relieveOldRouters(places: Places, routers: readonly number[]): Promise<boolean> {
  const relieved = await until(async () => {
    const pids = await servingRouters(places)
    return pids.some((pid) => !routers.includes(pid))
  }, ROUTERS_READY_MS_MAX)
  // Old ones are better than none.
  if (relieved) for (const pid of routers) signal(pid, 'SIGTERM')
  return relieved
}

/** Router processes that take requests. */
export async function servingRouters(places: Places): Promise<readonly number[]> {
  const found = await Promise.all(
    (await listRouters(places.router)).map(async (router) => {
      const answer = await askRouter(router, {
        method: 'GET',
        path: '/ready',
        answer: readySchema,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
      }).catch(() => undefined)
      return answer?.state === 'serving' ? [router.pid] : []
    }),
  )
  return found.flat()
}

/** Whether HAProxy runs here that Sluice drives. */
export async function isHaproxyThere(places: Places): Promise<boolean> {
  const life = await lifeOf(places.router, AbortSignal.timeout(ANSWER_MS_MAX)).catch(() => undefined)
  return life !== undefined
}

/** Whether anything takes requests. */
export async function isServed(places: Places): Promise<boolean> {
  return (await servingRouters(places)).length > 0 || isHaproxyThere(places)
}

export function somethingLeft(places: Places): ReturnType<typeof leftBehind> | undefined {
  const left = leftBehind(places)
  return left.servers.length + left.routers.length > 0 ? left : undefined
}

async function until(holds: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const endAt = performance.now() + limitMs
  while (performance.now() < endAt) {
    if (await holds()) return true
    await sleep(LOOK_MS)
  }
  return holds()
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself meanwhile.
  }
}
