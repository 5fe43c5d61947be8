// Where a release stands in a stage. A release has no end; this is all there is to say of it (behaviour 1.8).
import type { Standing } from '../api/board.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { covers } from '../domain/service/contains.ts'
import { unclearedIn } from '../domain/service/lifting.ts'
import { markOf, type ServiceState, type StageState } from '../domain/service/state.ts'
import { warmReleases } from '../domain/service/wanted.ts'

export function standingOf(state: ServiceState, stage: StageState, release: ReleaseNumber): Standing {
  const record = state.releases[release]
  const mark = markOf(stage, release)
  const live = stage.live?.release
  const { rollout } = stage
  const isEntering = rollout?.direction === 'forward' && rollout.lane !== 'probe'
  if (isEntering && rollout.release === release) return 'rolling-out'
  if (live === release) return isBaking(state, stage, release) ? 'baking' : 'live'
  const isInside = live !== undefined && covers(state, live, release)
  // What passed here before its change was rejected elsewhere is not taken out by that.
  const hasPassed = isInside && mark.against === null && mark.takenOut === null
  if (record?.rejected && !hasPassed) return 'rejected'
  if (mark.against !== null || (mark.takenOut !== null && !isInside)) return 'rolled-back'
  if (warmReleases(stage).includes(release) && stage.fleets[release]) return 'warm'
  if (isInside) return 'superseded'
  if (record?.build.state === 'failed') return 'build-failed'
  if (record && record.build.state !== 'done') return 'building'
  return 'waiting'
}

/** Whether the live release still carries a change on trial here. */
export function isBaking(state: ServiceState, stage: StageState, release: ReleaseNumber): boolean {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  return (
    definition?.bake !== null &&
    definition !== undefined &&
    unclearedIn(state, stage.stage, release, null).length > 0
  )
}
