// What runs: server, routers, instances.
import { runningFleets } from '../../adapters/deployment-target/process/running-fleets.ts'
import { keeperOf } from '../left-behind.ts'
import { runningServer } from '../local/up.ts'
import type { Places } from '../places.ts'
import { isHaproxyThere, servingRouters } from '../replace-left-behind.ts'
import { bad, type DoctorFinding, fine, warn } from './finding.ts'

export async function checkServer(places: Places): Promise<DoctorFinding> {
  const record = await runningServer(places.state)
  const hasKeeper = keeperOf(places) !== undefined
  if (record && hasKeeper) return fine('server', `answers at ${record.address}, version ${record.version}`)
  if (record)
    return warn(
      'server',
      `answers at ${record.address}, and nobody restarts it`,
      'sluice up gives it a keeper',
    )
  return hasKeeper
    ? bad('server', 'does not answer, though its keeper runs', `look at ${places.logs}/server.log`)
    : warn('server', 'does not run', 'sluice up starts it')
}

export async function checkRouters(places: Places): Promise<DoctorFinding> {
  const serving = await servingRouters(places)
  if (serving.length > 1) return fine('routers', `${serving.length} take requests`)
  if (serving.length === 0 && (await isHaproxyThere(places))) return fine('routers', 'HAProxy takes requests')
  if (serving.length === 1)
    return warn('routers', 'only one takes requests', `look at ${places.logs}/router-1.log and router-2.log`)
  return keeperOf(places) === undefined
    ? warn('routers', 'none runs, so nobody is served', 'sluice up starts them')
    : bad('routers', 'none takes requests, so nobody is served', `look at ${places.logs}/router-1.log`)
}

/** Every environment should have the instances that were asked for. */
export async function checkInstances(places: Places): Promise<readonly DoctorFinding[]> {
  const fleets = await runningFleets(places.instances)
  if (fleets.length === 0) return [fine('instances', 'none is wanted')]
  return fleets.map(({ service, stage, wanted, running }) => {
    const check = `instances of ${service}/${stage}`
    const text = `${running} of ${wanted} run`
    if (running >= wanted) return fine(check, text)
    const advice = `sluice up starts them again; what they say: sluice logs --stage ${stage}`
    return running === 0 ? bad(check, text, advice) : warn(check, text, advice)
  })
}
