// Doors: loopback ports that lead to exactly one release of one environment, for a check that must reach the
// candidate and nothing else.
import type { Server } from 'node:net'
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import { chooseExactly } from './choose-release.ts'
import type { ExchangeTools } from './client-exchange.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import type { PlanTable } from './plan-table.ts'
import { createTrafficServer } from './traffic-server.ts'
import type { TrafficServer } from './traffic-server.ts'

export type Doors = {
  /** Undefined when too many are open. Closes by itself after the limit, should its owner have died. */
  open(
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly door: string; readonly url: string } | undefined>
  close(door: string): void
  closeAll(): void
}

export function createDoors(plans: PlanTable, tools: ExchangeTools, time: Timekeeper): Doors {
  const { limits, clock, log, randomHex } = tools
  const open = new Map<string, { readonly server: TrafficServer; readonly closed: AbortController }>()

  function close(door: string): void {
    const entry = open.get(door)
    if (entry === undefined) return
    open.delete(door)
    entry.closed.abort()
    void entry.server.stopAccepting()
    entry.server.closeAll()
  }

  return {
    close,
    closeAll: () => {
      for (const door of [...open.keys()]) close(door)
    },
    async open(environment, release) {
      if (open.size >= limits.doorsMax) return undefined
      const server = createTrafficServer({
        tools,
        time,
        choose: () => chooseExactly(plans, environment, release),
        isCounted: false,
      })
      const port = await listenOnLoopback(server.server)
      const door = randomHex(8)
      const closed = new AbortController()
      open.set(door, { server, closed })
      void clock.sleep(limits.doorMsMax, closed.signal).then(() => {
        if (open.has(door)) log.warn({ ...environment, release }, 'a door was left open and is closed')
        close(door)
      })
      return { door, url: `http://127.0.0.1:${port}` }
    },
  }
}

async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a door has no port')
  return address.port
}
