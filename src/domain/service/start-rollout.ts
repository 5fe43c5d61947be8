// How rollouts begin and end well.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { RolloutStep, StageDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { WAYS } from './lanes.ts'
import { unclearedIn } from './lifting.ts'
import { markOf, type Lane, type Rollout, type ServiceState, type StageState } from './state.ts'

/** Going back takes bigger steps than going forward: all of it, at once. */
const BACK_STEPS: readonly RolloutStep[] = [{ kind: 'all', percent: 100, soakMs: 0 }]

/** First release in an environment: one instance, health and checks, then all; there is nobody to share with. */
const FIRST_STEPS: readonly RolloutStep[] = [
  { kind: 'one-box', percent: 0, soakMs: 0 },
  { kind: 'all', percent: 100, soakMs: 0 },
]

/** The same, where nothing may run twice. */
const REPLACING_STEP: RolloutStep = { kind: 'replace', percent: 100, soakMs: 0 }

function stepsOf(
  stage: StageState,
  { rollout }: StageDefinition,
  { direction, lane = 'normal' }: Start,
): Rollout['steps'] {
  const isReplacing = rollout.some(({ kind }) => kind === 'replace')
  const usual =
    direction === 'back' ? BACK_STEPS : stage.live === null ? FIRST_STEPS : laneSteps(rollout, lane)
  return isReplacing ? usual.map((step) => (step.kind === 'all' ? REPLACING_STEP : step)) : usual
}

function laneSteps(rollout: Rollout['steps'], lane: Lane): Rollout['steps'] {
  switch (WAYS[lane].steps) {
    case 'as declared':
      return rollout
    case 'without soak':
      return rollout.map(({ kind, percent }) => ({ kind, percent, soakMs: 0 }))
    case 'at once':
      return BACK_STEPS
  }
}

type Start = {
  readonly lane?: Lane
  readonly release: ReleaseNumber
  readonly direction: 'forward' | 'back'
  /** Left out: those of the stage, as the lane takes them. */
  readonly steps?: Rollout['steps']
  readonly reason: string
  readonly tick: number
  readonly takesOut: readonly ReleaseNumber[]
  readonly at: EpochMs
  readonly by: Actor
}

export function startRollout(stage: StageState, definition: StageDefinition, start: Start): ServiceEvent {
  return {
    type: 'rollout-started',
    stage: stage.stage,
    release: start.release,
    rollout: stage.rolloutCount + 1,
    from: stage.live?.release ?? null,
    direction: start.direction,
    reason: start.reason,
    steps: start.steps ?? stepsOf(stage, definition, start),
    sinceTick: start.tick,
    ...(start.lane === undefined || start.lane === 'normal' ? {} : { lane: start.lane }),
    takesOut: start.takesOut,
    at: start.at,
    by: start.by,
  }
}

/** At 100 % the rollout ends; without a bake its changes are cleared there (behaviour 2.9). */
export function completeRollout(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  { tick, at, by }: { readonly tick: number; readonly at: EpochMs; readonly by: Actor },
): readonly ServiceEvent[] {
  const completed: ServiceEvent = {
    type: 'rollout-completed',
    stage: stage.stage,
    release: rollout.release,
    rollout: rollout.rollout,
    tick,
    at,
    by,
  }
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  if (rollout.direction === 'back' || definition?.bake) return [completed]
  const changes = unclearedIn(state, stage.stage, rollout.release, rollout.from)
  if (changes.length === 0) return [completed]
  const isAccepted = markOf(stage, rollout.release).trusted === 'accepted'
  const seen = !rollout.unproven ? 'proven' : isAccepted ? 'accepted' : 'unproven'
  const how = WAYS[rollout.lane].clears ?? seen
  return [completed, { type: 'changes-cleared', stage: stage.stage, changes, how, tick, at, by }]
}
