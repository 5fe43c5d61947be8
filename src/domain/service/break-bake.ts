// A bake or a watch that breaks: where the stage goes back to, and who it was (behaviour 2.5, 2.6, 2.9).
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import { beginSearch } from './begin-search.ts'
import { changesBetween, contains } from './contains.ts'
import type { ServiceEvent } from './event.ts'
import type { Finding } from './finding.ts'
import { newestGood, oneBefore } from './go-back.ts'
import { heldElsewhere } from './held-elsewhere.ts'
import { isLifted, unclearedIn } from './lifting.ts'
import { rejection } from './rejection.ts'
import { startBack } from './start-back.ts'
import { markOf, type ServiceState, type StageState } from './state.ts'
import { releaseName } from '../release-number.ts'

type Against = Extract<Finding, { found: 'against' }>
type By = { readonly tick: number; readonly at: EpochMs; readonly by: Actor }

export function breakBake(
  state: ServiceState,
  stage: StageState,
  finding: Against,
  { tick, at, by }: By,
): readonly ServiceEvent[] {
  const { release, what } = finding
  const stop = whyNotBack(state, stage, release)
  const { culprits, suspects, target } = blame(state, stage, finding)
  const named: ServiceEvent[] = culprits.map((culprit) =>
    rejection(state, culprit, { reason: `${what} (in ${stage.stage})`, at, by }),
  )
  if (suspects.length > 0) named.push({ type: 'suspects-named', stage: stage.stage, suspects, at, by })
  named.push(...heldElsewhere(state, stage, [...culprits, ...suspects], { message: what, at, by }))
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  if (stop !== undefined || target === undefined || !definition) {
    const reason = `${releaseName(release)} broke in ${stage.stage} (${what}) and stays: ${stop ?? 'there is nothing good to go back to'}`
    return [...named, { type: 'stage-stuck', stage: stage.stage, reason, at, by }]
  }
  const aborted: ServiceEvent[] = stage.rollout
    ? [
        {
          type: 'rollout-failed',
          stage: stage.stage,
          release: stage.rollout.release,
          rollout: stage.rollout.rollout,
          cause: 'watch',
          message: `${releaseName(release)} below it broke: ${what}`,
          blames: false,
          at,
          by,
        },
      ]
    : []
  const takesOut = changesBetween(state, target, release)
  const { seen } = finding
  const search = beginSearch(state, stage, { release, what, suspects, seen, tick, at, by })
  const said = [...aborted, ...named, ...search]
  return [
    ...said,
    ...startBack(state, definition, said, { release: target, reason: what, tick, takesOut, at, by }),
  ]
}

/** The machine stops at what a person meant, and never goes back twice in production. */
function whyNotBack(state: ServiceState, stage: StageState, release: ReleaseNumber): string | undefined {
  if (stage.pin) return `a person pinned the stage: ${stage.pin.reason}`
  if (markOf(stage, release).trusted === 'accepted') return 'a person accepted it'
  const last = state.definition?.stages.at(-1)?.stage === stage.stage
  if (last && stage.machineWentBack) return 'it is what the machine went back to already'
  return undefined
}

type Blame = {
  readonly culprits: readonly ReleaseNumber[]
  readonly suspects: readonly ReleaseNumber[]
  readonly target: ReleaseNumber | undefined
}

function blame(state: ServiceState, stage: StageState, { release, during, alone }: Against): Blame {
  const before = oneBefore(state, stage)
  const judged =
    during === 'watch' ? addedBy(state, release, before) : unclearedIn(state, stage.stage, release, null)
  if (judged.length <= 1) {
    const target = during === 'watch' ? before : newestGood(state, stage)
    return { culprits: judged, suspects: [], target }
  }
  if (before === undefined) return { culprits: [], suspects: judged, target: undefined }
  const added = judged.filter((change) => !contains(state, before, change))
  // Only what the last release added is to blame if the one before was well by itself and this one alone is not.
  if (markOf(stage, before).ownServed && alone && added.length > 0)
    return {
      culprits: added.length === 1 ? added : [],
      suspects: added.length === 1 ? [] : added,
      target: before,
    }
  return { culprits: [], suspects: judged, target: before }
}

function addedBy(
  state: ServiceState,
  release: ReleaseNumber,
  before: ReleaseNumber | undefined,
): readonly ReleaseNumber[] {
  return changesBetween(state, before ?? null, release).filter(
    (change) => state.releases[change]?.rejected === null && !isLifted(state, change, release),
  )
}
