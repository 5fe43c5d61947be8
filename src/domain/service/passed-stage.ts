// Which release has passed a stage: it was there, and everything in it is cleared.
import type { ReleaseNumber, StageName } from '../names.ts'
import { inOrder } from '../release-number.ts'
import { isSpokenFor } from './passing.ts'
import { unclearedIn } from './lifting.ts'
import { markOf, stageOf, type ServiceState } from './state.ts'

/** The newest that passed and is neither rejected nor undone by a later one; undefined when there is none. */
export function newestPassed(state: ServiceState, name: StageName): ReleaseNumber | undefined {
  const stage = stageOf(state, name)
  return Object.keys(stage.marks)
    .map(Number)
    .toSorted((left, right) => inOrder(right, left))
    .find((release) => hasPassed(state, name, release))
}

function hasPassed(state: ServiceState, name: StageName, number: ReleaseNumber): boolean {
  const stage = stageOf(state, name)
  const release = state.releases[number]
  const mark = markOf(stage, number)
  const definition = state.definition?.stages.find((candidate) => candidate.stage === name)
  if (!release || release.rejected || release.build.state !== 'done') return false
  if (!mark.entered || mark.against !== null || mark.takenOut !== null) return false
  if (stage.rollout?.release === number || isSpokenFor(state, number)) return false
  if (definition?.bake && !mark.ownServed && mark.cleared !== 'skipped') return false
  return unclearedIn(state, name, number, null).length === 0
}
