// What a stage can go back to (behaviour 2.5, 2.6, 2.8).
import type { ReleaseNumber, StageName } from '../names.ts'
import { contains } from './contains.ts'
import { blockedBy, isLifted } from './lifting.ts'
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
      mark.against === null &&
      (mark.cleared !== null || mark.trusted !== null) &&
      !bringsBack(state, stage, release)
    )
  })
}

/** The release served just before the live one, if it has no verdict against it. */
export function oneBefore(state: ServiceState, stage: StageState): ReleaseNumber | undefined {
  return couldGoBackTo(state, stage).find(
    (release) => markOf(stage, release).against === null && !bringsBack(state, stage, release),
  )
}

/** What a person or a verdict rejected, and is no longer live, is not brought back by the machine. */
function bringsBack(state: ServiceState, stage: StageState, release: ReleaseNumber): boolean {
  const live = stage.live?.release
  const isIn = (change: ReleaseNumber, outer: ReleaseNumber): boolean =>
    contains(state, outer, change) && !isLifted(state, change, outer)
  return Object.values(state.releases).some(
    ({ release: change, rejected }) =>
      rejected !== null &&
      isIn(change, release) &&
      (change === release || live === undefined || !isIn(change, live)),
  )
}

/** Where an entry is asked without words: the newest good one, else the one before. */
export function defaultGoBack(state: ServiceState, stage: StageState): ReleaseNumber | undefined {
  return newestGood(state, stage) ?? oneBefore(state, stage)
}

export function canEverEnter(state: ServiceState, release: ReleaseNumber, stage: StageName): boolean {
  return blockedBy(state, release, stage).length === 0 && !markOf(stageOf(state, stage), release).entered
}
