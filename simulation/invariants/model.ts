// A small model of one service, folded from the events alone and apart from the domain, so that the rules are not
// checked with the very functions that are on trial.
import type { RolloutStep, ServiceDefinition, StageDefinition } from '../../src/domain/pipeline/definition.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import type { AcknowledgedArm } from '../../src/domain/service/state.ts'

export type ModelRollout = {
  readonly rollout: number
  readonly release: number
  readonly from: number | null
  readonly direction: 'forward' | 'back'
  readonly steps: readonly RolloutStep[]
  readonly sinceTick: number
  step: number
  /** Set for what goes round the queue, and for what is only probed. */
  readonly lane: 'hotfix' | 'emergency' | 'probe' | null
}

export type ModelStage = {
  readonly stage: string
  live: number | null
  /** When it became live, and how: for the final question. */
  liveSinceMs: number
  liveBy: 'forward' | 'back'
  wasLive: number[]
  rollout: ModelRollout | null
  rolloutCount: number
  readonly ended: Set<number>
  readonly locks: Set<string>
  /** What was named when something was sent round the queue. */
  named: {
    readonly release: number
    readonly locks: readonly string[]
    readonly rejected: readonly number[]
  } | null
  pin: ServiceEvent['by'] | null
  /** Times that settings were changed, and how often when it was pinned last. */
  settingsChanged: number
  settingsAtPin: number
  /** Releases that took a step here, or came back: from then on they may take work by themselves. */
  readonly stepped: Set<number>
  /** Releases that people wanted to see here, or that were checked beside the stage. */
  readonly shown: Set<number>
  /** Releases that used up their entry. */
  readonly entered: Set<number>
  generation: number
  arms: readonly AcknowledgedArm[]
  /** Since when the router is known to give each release the share it has. */
  readonly shareSinceMs: Map<number, number>
  readonly ticksSince: Map<number, number>
  readonly against: Set<number>
  readonly accepted: Set<number>
  machineWentBack: boolean
  /** Who was suspected when a search for a culprit began. */
  searched: readonly number[] | null
}

export type Model = {
  definition: ServiceDefinition | null
  head: number
  readonly shas: Map<number, string>
  /** Releases that are another once more, with other settings. */
  readonly settings: Set<number>
  readonly words: Map<number, Set<number>>
  readonly rejected: Set<number>
  isRewritten: boolean
  readonly stages: Map<string, ModelStage>
}

export function createModel(): Model {
  return {
    definition: null,
    head: 0,
    shas: new Map(),
    settings: new Set(),
    words: new Map(),
    rejected: new Set(),
    isRewritten: false,
    stages: new Map(),
  }
}

export function stageOf(model: Model, stage: string): ModelStage {
  const known = model.stages.get(stage) ?? {
    stage,
    live: null,
    liveSinceMs: 0,
    liveBy: 'forward',
    wasLive: [],
    rollout: null,
    rolloutCount: 0,
    ended: new Set(),
    locks: new Set(),
    named: null,
    pin: null,
    settingsChanged: 0,
    settingsAtPin: 0,
    stepped: new Set(),
    shown: new Set(),
    entered: new Set(),
    generation: 0,
    arms: [],
    shareSinceMs: new Map(),
    ticksSince: new Map(),
    against: new Set(),
    accepted: new Set(),
    machineWentBack: false,
    searched: null,
  }
  model.stages.set(stage, known)
  return known
}

export function definitionOf(model: Model, stage: string): StageDefinition | undefined {
  return model.definition?.stages.find((candidate) => candidate.stage === stage)
}

export function apply(model: Model, event: ServiceEvent, nowMs: number): void {
  switch (event.type) {
    case 'service-configured':
      model.definition = event.definition
      break
    case 'change-merged':
      model.head = event.release
      model.shas.set(event.release, event.change.sha)
      break
    case 'release-made':
      model.shas.set(event.release, event.change.sha)
      if (event.origin.kind === 'settings') model.settings.add(event.release)
      break
    case 'history-rewritten':
      model.isRewritten = true
      break
    case 'history-accepted':
      model.isRewritten = false
      break
    case 'change-rejected':
      model.rejected.add(event.release)
      break
    case 'change-unrejected':
      model.rejected.delete(event.release)
      for (const stage of model.stages.values()) stage.entered.clear()
      break
    case 'containment-accepted': {
      const words = model.words.get(event.release) ?? new Set()
      model.words.set(event.release, words.add(event.contains))
      break
    }
    default:
      if ('stage' in event) applyInStage(stageOf(model, event.stage), event, nowMs)
  }
}

type StageEvent = Extract<ServiceEvent, { stage: string }>

function applyInStage(stage: ModelStage, event: StageEvent, nowMs: number): void {
  switch (event.type) {
    case 'rollout-started':
      started(stage, event)
      break
    case 'way-round-opened':
      stage.named = { release: event.release, locks: event.locks, rejected: event.rejected }
      break
    case 'traffic-shifted':
      shifted(stage, event, nowMs)
      break
    case 'track-set':
    case 'beside-started':
      stage.shown.add(event.release)
      break
    case 'route-added':
      if ('release' in event.rule.to) stage.shown.add(event.rule.to.release)
      break
    case 'step-started':
      stage.stepped.add(event.release)
      break
    case 'step-passed':
      if (stage.rollout) stage.rollout.step += 1
      break
    case 'rollout-completed':
      completed(stage, nowMs, event.by)
      break
    case 'rollout-failed':
      failed(stage, event)
      break
    case 'entry-retried':
      stage.entered.delete(event.release)
      stage.against.delete(event.release)
      break
    case 'verdict-against':
      stage.against.add(event.release)
      break
    case 'release-accepted':
      stage.accepted.add(event.release)
      break
    case 'stage-locked':
      stage.locks.add(event.lock.id)
      break
    case 'stage-unlocked':
      stage.locks.delete(event.lock)
      break
    case 'stage-pinned':
      stage.pin = event.by
      stage.settingsAtPin = stage.settingsChanged
      break
    case 'settings-changed':
      stage.settingsChanged += 1
      break
    case 'stage-unpinned':
      stage.pin = null
      break
    case 'culprit-search-started':
      stage.searched = event.suspects
      break
    case 'culprit-search-ended':
      stage.searched = null
      break
    case 'stage-retired':
      Object.assign(stage, { live: null, wasLive: [], rollout: null, named: null, pin: null, searched: null })
      stage.entered.clear()
      stage.against.clear()
      stage.accepted.clear()
      break
    default:
  }
}

function started(stage: ModelStage, event: Extract<ServiceEvent, { type: 'rollout-started' }>): void {
  const { rollout, release, from, direction, steps, sinceTick } = event
  const lane = event.lane === undefined || event.lane === 'normal' ? null : event.lane
  stage.rollout = { rollout, release, from, direction, steps, sinceTick, step: 0, lane }
  stage.rolloutCount = rollout
  if (direction === 'forward' && lane !== 'probe') stage.entered.add(release)
  else if (direction !== 'forward') stage.stepped.add(release)
  for (const change of event.takesOut) {
    stage.ticksSince.set(change, sinceTick)
    // What was said of it was said of what is now gone.
    stage.accepted.delete(change)
  }
}

function shifted(
  stage: ModelStage,
  event: Extract<ServiceEvent, { type: 'traffic-shifted' }>,
  nowMs: number,
): void {
  const share = (arms: readonly AcknowledgedArm[], release: number): number =>
    arms.find((arm) => arm.release === release)?.weightPercent ?? 0
  for (const release of new Set([...stage.arms, ...event.arms].map((arm) => arm.release)))
    if (share(stage.arms, release) !== share(event.arms, release)) stage.shareSinceMs.set(release, nowMs)
  stage.arms = event.arms
  stage.generation = event.generation
}

function completed(stage: ModelStage, nowMs: number, by: ServiceEvent['by']): void {
  const { rollout } = stage
  if (!rollout) return
  if (stage.live !== null) stage.wasLive = [stage.live, ...stage.wasLive.filter((old) => old !== stage.live)]
  stage.live = rollout.release
  stage.liveSinceMs = nowMs
  stage.liveBy = rollout.direction
  stage.entered.add(rollout.release)
  stage.ended.add(rollout.rollout)
  stage.machineWentBack = rollout.direction === 'back' && by.kind === 'machine'
  stage.rollout = null
}

function failed(stage: ModelStage, event: Extract<ServiceEvent, { type: 'rollout-failed' }>): void {
  stage.ended.add(event.rollout)
  const isProbe = stage.rollout?.lane === 'probe'
  stage.rollout = null
  if (event.blames) stage.against.add(event.release)
  // Taken out for no fault of its own and by no person: it may come again.
  else if (event.cause !== 'person' && !isProbe) stage.entered.delete(event.release)
}

/** Patches of everything a release contains: by ancestry, by trailers, cherry-picks, and the words of people. */
export type Contents = (release: number) => ReadonlySet<string>
