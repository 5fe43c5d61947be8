// `sluice down`: stops keeper, server and routers; the services go on unless everything is to stop.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFolderArtifactStore } from '../../adapters/artifact-store/folder/folder-artifact-store.ts'
import { createSystemClock } from '../../adapters/clock/system/system-clock.ts'
import { createProcessTarget } from '../../adapters/deployment-target/process/process-target.ts'
import { createRandomIds } from '../../adapters/ids/random/random-ids.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'
import { placesIn, type Places } from '../places.ts'

type DownRequest = Parameters<CliWork['down']>[0]

const STOP_MS_MAX = 30_000
const LOOK_MS = 50

export async function down(
  state: string,
  { everything, say }: DownRequest,
): Promise<Awaited<ReturnType<CliWork['down']>>> {
  const places = placesIn(state)
  const pid = keeperPid(places)
  if (pid !== undefined) {
    say('stopping server and routers')
    process.kill(pid, 'SIGTERM')
    const until = performance.now() + STOP_MS_MAX
    while (keeperPid(places) === pid && performance.now() < until) await sleep(LOOK_MS)
    if (keeperPid(places) === pid)
      throw new CliFailure(
        EXIT.failed,
        'down/still-running',
        `the keeper (process ${pid}) did not end in ${STOP_MS_MAX / 1000} s; look at ${places.logs}`,
      )
  }
  const notes = everything ? await stopServices(places, say) : []
  if (!everything && pid !== undefined)
    notes.push('the services go on running, but nobody can reach them through the router until "sluice up"')
  return { stopped: pid !== undefined, notes }
}

/** The keeper that runs on this state: its pid file, and that it is really one of ours. */
function keeperPid(places: Places): number | undefined {
  const file = join(places.state, 'keeper.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  const commandLine = `/proc/${pid}/cmdline`
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes('keeper') ? pid : undefined
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
