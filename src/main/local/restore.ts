// `sluice restore`: a backup takes the place of the store while nothing runs, and what lies outside the store is made to
// fit it: hosts and routers keep the highest number they were ever given, and would refuse a store that is behind it.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { createFolderArtifactStore } from '../../adapters/artifact-store/folder/folder-artifact-store.ts'
import { createSystemClock } from '../../adapters/clock/system/system-clock.ts'
import { forgetFences } from '../../adapters/deployment-target/process/forget-fences.ts'
import { restoreStore } from '../../adapters/event-log/sqlite/restore-store.ts'
import { createSqliteEventLog } from '../../adapters/event-log/sqlite/sqlite-event-log.ts'
import { createPlanFolder } from '../../api/router-admin/plan-folder.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'
import { planOf } from '../../coordinator/acts/route.ts'
import { createStreams } from '../../coordinator/streams.ts'
import type { ServiceState } from '../../domain/service/state.ts'
import { stampOf } from '../backups.ts'
import { keeperOf, leftBehind } from '../left-behind.ts'
import { placesIn, type Places } from '../places.ts'

export async function restore(
  state: string,
  { file, until }: Parameters<CliWork['restore']>[0],
): Promise<Awaited<ReturnType<CliWork['restore']>>> {
  const places = placesIn(state)
  refuseWhileRunning(places)
  const stamp = stampOf(Date.now())
  const restored = restoreStore({ backup: resolve(file), file: places.store, until, stamp })
  putFiles(places, restored.files)
  const states = await statesOf(places)
  await fitHosts(places, states)
  await fitRouters(places, states)
  // What was built for a number may be built for another commit of that number now.
  rmSync(join(places.builds, 'builds'), { recursive: true, force: true })
  const artifacts = createFolderArtifactStore({ dir: places.artifacts, clock: createSystemClock() })
  const missing: string[] = []
  for (const digest of restored.artifacts) if (!(await artifacts.has(digest))) missing.push(digest)
  return {
    events: restored.events,
    lastPosition: restored.lastPosition,
    before: restored.before,
    files: [...restored.files.keys()],
    missingArtifacts: missing,
    notes: notesOf(restored.before, missing, restored.files.has('secrets/secrets.json')),
  }
}

function refuseWhileRunning(places: Places): void {
  const left = leftBehind(places)
  const running = [keeperOf(places), ...left.servers, ...left.routers].filter((pid) => pid !== undefined)
  if (running.length > 0)
    throw new CliFailure(
      EXIT.refused,
      'restore/running',
      `Sluice runs on ${places.state} (process ${running.join(', ')}): stop it first with sluice down; the services go on`,
    )
}

/** Only what lies inside the state folder, whatever the backup says. */
function putFiles({ state }: Places, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, content] of files) {
    const path = resolve(state, name)
    if (!path.startsWith(`${state}${sep}`)) continue
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, content, { mode: 0o600 })
  }
}

/** Opens the store once as the server will, so that one that cannot be read is told now. */
async function statesOf(places: Places): Promise<ReadonlyMap<string, ServiceState>> {
  const eventLog = createSqliteEventLog({ file: places.store })
  try {
    const streams = createStreams(eventLog, Number.MAX_SAFE_INTEGER)
    await streams.recover()
    return new Map(streams.names().map((service) => [service, streams.get(service).state]))
  } finally {
    await eventLog.close()
  }
}

/** Instances of releases that the store does not know of there are stopped at the next start; the others go on. */
async function fitHosts(places: Places, states: ReadonlyMap<string, ServiceState>): Promise<void> {
  await forgetFences(places.instances, ({ service, stage }, release) => {
    const known = states.get(service)?.stages[stage]
    return (
      known !== undefined && (known.fleets[release] !== undefined || known.unheard[release] !== undefined)
    )
  })
}

/** The routers begin with the plan that the store says they acknowledged. */
async function fitRouters(places: Places, states: ReadonlyMap<string, ServiceState>): Promise<void> {
  const root = join(places.router, 'plans')
  for (const name of namesIn(root)) rmSync(join(root, name), { recursive: true, force: true })
  const plans = createPlanFolder(places.router)
  for (const [service, state] of states)
    for (const { stage, plan } of Object.values(state.stages)) {
      const made =
        plan.generation === 0
          ? undefined
          : planOf(state, service, { stage, ...plan, tracks: plan.tracks ?? [] })
      if (made) await plans.put({ plan: made, fence: plan.generation })
    }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // No router ever had a plan.
    return []
  }
}

function notesOf(before: string | null, missing: readonly string[], hasSecrets: boolean): readonly string[] {
  return [
    ...(before === null ? [] : [`what was there before is now ${before}`]),
    ...(missing.length === 0
      ? []
      : [
          `${missing.length} artifacts are not on this machine; bring the artifacts folder along, or their releases cannot be started: ${missing.slice(0, 3).join(', ')}`,
        ]),
    ...(hasSecrets ? ['secrets were put back as they were; their key is not in a backup'] : []),
    'start it with: sluice up',
  ]
}
