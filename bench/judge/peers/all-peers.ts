import { kayentas } from './kayenta.ts'
import { alarmGrid, argoGrid, flaggerGrid, limitPeers } from './limits.ts'
import type { NamedPeer } from './minutes.ts'
import { pipecdGrid, pipecds } from './pipecd.ts'
import { countGrid, growthGrid, sequentialPeers, zGrid } from './sequential-peers.ts'
import { sigmaGrid, sigmaPeers } from './sigma-alarm.ts'

/** As documented, or as their code does by itself. */
export const PEERS: readonly NamedPeer[] = [
  ...kayentas,
  ...pipecds,
  ...limitPeers,
  ...sigmaPeers,
  ...sequentialPeers,
]

/** What a careful person could tune, kind by kind. Kayenta's single look has no knob that makes it look earlier. */
export const GRIDS: Readonly<Record<string, readonly NamedPeer[]>> = {
  'Argo Rollouts': argoGrid,
  Flagger: flaggerGrid,
  'an alarm that rolls back': alarmGrid,
  'a sigma alarm': sigmaGrid,
  PipeCD: pipecdGrid,
  'a z-test every minute': zGrid,
  'GrowthBook-like sequential': growthGrid,
  'Netflix-like count mixture': countGrid,
}
