// What a stage can go back to (behaviour 2.5, 2.6, 2.8).
import type { ReleaseNumber, StageName } from '../names.ts'
import { contains } from './contains.ts'
import { blockedBy } from './lifting.ts'
import { markOf, stageOf, type ServiceState, type StageState } from './state.ts'

/** Releases a person's rollback may go to, newest served first: served here before, and still built. */
export function couldGoBackTo(state: ServiceState, stage: StageState): readonly ReleaseNumber[] {
  return stage.before.filter(
    (release) => release !== stage.live?.release && state.releases[release]?.build.state === 'done',
  )
}

/** The newest release served here that was cleared, accepted or survived its watch, and has no verdict against it. */
export function newestGood(state: ServiceState, stage: StageState): ReleaseNumber | undefined {
  return couldGoBackTo(state, stage).find((release) => {
    const mark = markOf(stage, release)
    return (
      mark.against === null && (mark.cleared !== null || mark.trusted !== null) && !isRejected(state, release)
    )
  })
}

/** The release served just before the live one, if it has no verdict against it. */
export function oneBefore(state: ServiceState, stage: StageState): ReleaseNumber | undefined {
  return couldGoBackTo(state, stage).find(
    (release) => markOf(stage, release).against === null && !isRejected(state, release),
  )
}

function isRejected(state: ServiceState, release: ReleaseNumber): boolean {
  return Object.values(state.releases).some(
    (other) =>
      other.rejected !== null && contains(state, release, other.release) && release === other.release,
  )
}

/** Where an entry is asked without words: the newest good one, else the one before. */
export function defaultGoBack(state: ServiceState, stage: StageState): ReleaseNumber | undefined {
  return newestGood(state, stage) ?? oneBefore(state, stage)
}

export function canEverEnter(state: ServiceState, release: ReleaseNumber, stage: StageName): boolean {
  return blockedBy(state, release, stage).length === 0 && !markOf(stageOf(state, stage), release).entered
}
