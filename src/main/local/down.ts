// `sluice down`: stops keeper, server and routers; the services go on unless everything is to stop.
import { setTimeout as sleep } from 'node:timers/promises'
import { createFolderArtifactStore } from '../../adapters/artifact-store/folder/folder-artifact-store.ts'
import { createSystemClock } from '../../adapters/clock/system/system-clock.ts'
import { createProcessTarget } from '../../adapters/deployment-target/process/process-target.ts'
import { createRandomIds } from '../../adapters/ids/random/random-ids.ts'
import { endHaproxy } from '../../adapters/traffic-router/haproxy/haproxy-process.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'
import { isRunning, keeperOf, leftBehind } from '../left-behind.ts'
import { placesIn, type Places } from '../places.ts'
import { endOldServers } from '../replace-left-behind.ts'

type DownRequest = Parameters<CliWork['down']>[0]

const STOP_MS_MAX = 30_000
const LOOK_MS = 50

export async function down(
  state: string,
  { everything, say }: DownRequest,
): Promise<Awaited<ReturnType<CliWork['down']>>> {
  const places = placesIn(state)
  const keeper = keeperOf(places)
  if (keeper !== undefined) {
    say('stopping server and routers')
    process.kill(keeper, 'SIGTERM')
    await ended([keeper], places)
  }
  // What a killed keeper left runs by itself.
  const left = leftBehind(places)
  await endOldServers(left.servers)
  for (const router of left.routers) process.kill(router, 'SIGTERM')
  await ended(left.routers, places)
  await endHaproxy(places.router)
  const stopped = keeper !== undefined || left.servers.length + left.routers.length > 0
  const notes = everything ? await stopServices(places, say) : []
  if (!everything && stopped)
    notes.push('the services go on running, but nobody can reach them through the router until "sluice up"')
  return { stopped, notes }
}

async function ended(pids: readonly number[], places: Places): Promise<void> {
  const until = performance.now() + STOP_MS_MAX
  while (pids.some(isRunning) && performance.now() < until) await sleep(LOOK_MS)
  const late = pids.filter(isRunning)
  if (late.length > 0)
    throw new CliFailure(
      EXIT.failed,
      'down/still-running',
      `process ${late.join(', ')} did not end in ${STOP_MS_MAX / 1000} s; look at ${places.logs}`,
    )
}

async function stopServices(places: Places, say: (sentence: string) => void): Promise<string[]> {
  const clock = createSystemClock()
  const artifacts = createFolderArtifactStore({ dir: places.artifacts, clock })
  const target = await createProcessTarget({
    stateDir: places.instances,
    artifacts,
    clock,
    ids: createRandomIds(),
  })
  const notes: string[] = []
  try {
    for (const environment of await target.environments()) {
      say(`stopping ${environment.service}/${environment.stage}`)
      await target.stopAll(environment)
      notes.push(`stopped ${environment.service}/${environment.stage}`)
    }
  } finally {
    await target.close()
  }
  return notes
}
