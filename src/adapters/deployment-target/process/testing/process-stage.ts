// A process target with a folder of its own, tiny real programs to run in it, and a clean-up that leaves nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunRecipe } from '../../../../domain/pipeline/definition.ts'
import type { Environment } from '../../../../domain/names.ts'
import type { Call } from '../../../../ports/call.ts'
import type { DeploymentTarget, FleetWish, InstanceLook } from '../../../../ports/deployment-target.ts'
import { createSystemClock } from '../../../clock/system/system-clock.ts'
import { createRandomIds } from '../../../ids/random/random-ids.ts'
import { createFolderArtifacts } from './folder-artifacts.ts'
import { hasVariable, listProcesses } from '../proc.ts'
import { createProcessTarget, type ProcessTargetOptions } from '../process-target.ts'

export const shop: Environment = { service: 'shop', stage: 'staging' }
export const waitLimitMs = 45_000

/** How instances start Node: by its path, since PATH leads nowhere near our own tools. */
export const node = JSON.stringify(process.execPath)

/** Answers `/healthz` on PORT and says who it is on `/`. */
export const server = `
const http = require('node:http')
http.createServer((asked, answer) => answer.end(asked.url === '/healthz' ? 'well' : String(process.pid)))
  .listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening', process.env.PORT))
`

export type ProcessStage = Awaited<ReturnType<typeof openProcessStage>>

export async function openProcessStage(options: Partial<ProcessTargetOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-process-target-'))
  const artifacts = createFolderArtifacts(join(folder, 'artifacts'))
  const open = (more: Partial<ProcessTargetOptions> = {}) =>
    createProcessTarget({
      stateDir: join(folder, 'state'),
      artifacts,
      clock: createSystemClock(),
      ids: createRandomIds(),
      ...options,
      ...more,
    })
  let target: DeploymentTarget = await open()
  let fence = 0
  const seen = new Set<string>()

  const instances = async (release = 1): Promise<readonly InstanceLook[]> => {
    const fleets = await target.look(shop)
    const found = fleets.find((fleet) => fleet.release === release)?.instances ?? []
    for (const { id } of found) seen.add(id)
    return found
  }
  const scale = async (wish: Omit<FleetWish, 'environment' | 'env' | 'role'> & Partial<FleetWish>) => {
    fence += 1
    await target.scale({ environment: shop, env: {}, role: 'live', ...wish }, callWith(fence))
    await instances(wish.release)
  }
  const until = async (holds: (found: readonly InstanceLook[]) => boolean, what: string, release = 1) => {
    await eventually(
      async () => holds(await instances(release)),
      async () => `${what}; seen: ${JSON.stringify(await instances(release))}`,
    )
    return instances(release)
  }
  return {
    folder,
    artifacts,
    target: () => target,
    instances,
    scale,
    until,
    ready: (count = 1, release = 1) =>
      until(
        (all) => all.length === count && all.every(({ state }) => state === 'ready'),
        `${count} ready`,
        release,
      ),
    gone: (release = 1) => until((all) => all.length === 0, 'all gone', release),
    reopen: async (more: Partial<ProcessTargetOptions> = {}) => {
      await target.close()
      target = await open(more)
    },
    close: () => target.close(),
    open: async (more: Partial<ProcessTargetOptions> = {}) => {
      target = await open(more)
    },
    end: async () => {
      for (const environment of await target.environments()) {
        for (const { release } of await target.look(environment)) {
          for (const { id } of (await target.look(environment)).flatMap((fleet) => fleet.instances))
            seen.add(id)
          const run = recipe('true', { termMs: 200 })
          await target.scale(
            { environment, release, artifact: '', run, count: 0, env: {}, role: 'live' },
            callWith(Number.MAX_SAFE_INTEGER),
          )
        }
      }
      await eventually(async () => (await target.environments()).length === 0, 'everything stopped')
      await target.close()
      const left = [...seen].flatMap((id) => processesOf(id))
      await rm(folder, { recursive: true, force: true })
      if (left.length > 0) throw new Error(`processes were left behind: ${left.join(', ')}`)
    },
  }
}

/** Living processes that carry the instance's mark. */
export function processesOf(id: string): readonly number[] {
  return listProcesses()
    .filter(({ pid }) => hasVariable(pid, `SLUICE_INSTANCE=${id}`))
    .map(({ pid }) => pid)
}

export function recipe(
  command: string,
  more: Partial<RunRecipe> & { path?: string | null; waitMs?: number } = {},
) {
  const { path = '/healthz', waitMs = 15_000, ...rest } = more
  return {
    command,
    health: { path, waitMs },
    userKey: null,
    env: {},
    termMs: 2_000,
    ...rest,
  } satisfies RunRecipe
}

export function callWith(fence: number): Call {
  return { key: `test/${fence}`, fence, signal: new AbortController().signal }
}

export async function eventually(
  holds: () => Promise<boolean> | boolean,
  what: string | (() => Promise<string>),
): Promise<void> {
  const clock = createSystemClock()
  const until = clock.monotonicMs() + waitLimitMs
  while (!(await holds())) {
    if (clock.monotonicMs() > until) {
      throw new Error(
        `did not come about within ${waitLimitMs} ms: ${typeof what === 'string' ? what : await what()}`,
      )
    }
    await clock.sleep(20)
  }
}
