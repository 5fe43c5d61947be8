// Any version, straight to a track of an environment (behaviour 1.10). It is never of the line, never in `stable`, and
// nobody on the line waits for it.
import { releaseName } from '../release-number.ts'
import type { ServiceCommand } from './command.ts'
import { accept, refuse, type Decision } from './decision.ts'
import { mayNotMove } from './decide-track.ts'
import type { ServiceEvent } from './event.ts'
import { nextOffLine } from './off-line.ts'
import { stageOf, type Release, type ServiceState } from './state.ts'

type Deploy = Extract<ServiceCommand, { type: 'deploy' }>

export function decideDeploy(state: ServiceState, command: Deploy): Decision {
  const { track, change, label, reason, at, by } = command
  const stage = stageOf(state, command.stage)
  const no = mayNotMove(state, stage, track)
  if (no) return no
  const instances = command.instances ?? stage.routes.tracks[track]?.instances ?? 1
  const place = { stage: stage.stage, track, instances, reason, at, by }
  const known = releaseOf(state, change.sha)
  if (known) return deployKnown(state, known, place)
  const release = nextOffLine(state, 0)
  if (release === undefined)
    return refuse('deploy/too-many', 'no more versions can be made off the line; their numbers are used up')
  return accept(
    { type: 'release-made', release, change, origin: { kind: 'off-line', label }, reason, at, by },
    { type: 'deploy-awaited', release, ...place },
  )
}

type Place = Pick<Deploy, 'stage' | 'track' | 'reason' | 'at' | 'by'> & { readonly instances: number }

/** What was built once is not built again: the very same commit is the very same release. */
function deployKnown(state: ServiceState, { release, build }: Release, place: Place): Decision {
  const stage = stageOf(state, place.stage)
  if (build.state === 'failed')
    return refuse(
      'deploy/build-failed',
      `this commit is ${releaseName(release)}, whose build failed: ${build.message}. Try it again with: sluice retry '${releaseName(release)}'`,
    )
  const old = stage.routes.tracks[place.track]
  if (old?.release === release && old.percent === 100 && old.instances === place.instances)
    return refuse('track/already', `the track ${place.track} leads to ${releaseName(release)} already`)
  if (build.state === 'done') return accept({ type: 'track-set', release, percent: 100, ...place })
  const again: ServiceEvent[] = stage.routes.awaited.some((one) => one.release === release)
    ? [
        {
          type: 'deploy-ended',
          stage: place.stage,
          release,
          how: 'failed',
          message: 'somebody asked anew',
          at: place.at,
          by: place.by,
        },
      ]
    : []
  return { events: [...again, { type: 'deploy-awaited', release, ...place }] }
}

function releaseOf(state: ServiceState, sha: string): Release | undefined {
  return Object.values(state.releases).find(
    ({ change, origin }) => change.sha === sha && origin.kind !== 'cherry-pick',
  )
}
