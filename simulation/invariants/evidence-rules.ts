// What was proven, recomputed from the recorded ticks by a way of its own.
import type { Tick } from '../../src/domain/analysis/tick.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { SERVICE } from '../draw-definition.ts'
import { TICK_MS } from '../paces.ts'
import { definitionOf, stageOf } from './model.ts'
import type { Known } from './rules.ts'

export function checkEvidence(known: Known, event: ServiceEvent): void {
  switch (event.type) {
    case 'changes-cleared':
      if (event.how === 'proven' || event.how === 'unproven')
        checkSynced(known, event.stage, event.tick, event.type)
      if (event.how === 'proven') checkProven(known, event)
      return
    case 'verdict-against':
    case 'watch-survived':
      checkSynced(known, event.stage, event.tick, event.type)
      return
    case 'step-passed':
      checkSoaked(known, event)
      return
    default:
  }
}

function fileOf(
  { ticks }: Known,
  stage: string,
): { readonly ticks: readonly Tick[]; readonly synced: number } {
  return ticks.file({ service: SERVICE, stage })
}

function checkSynced(known: Known, stage: string, tick: number, what: string): void {
  const { synced } = fileOf(known, stage)
  if (tick > synced)
    known.broken(
      'a verdict rests on synced ticks only',
      `${what} in ${stage} on tick ${tick}, synced to ${synced}`,
    )
}

/** A change is proven by watched time in which everything that served carried it, and by enough requests. */
function checkProven(known: Known, event: Extract<ServiceEvent, { type: 'changes-cleared' }>): void {
  const { model, contents, patchOf, broken } = known
  const definition = definitionOf(model, event.stage)
  if (!definition?.bake) return
  const { forMs, requests } = definition.bake
  for (const change of event.changes) {
    const patch = patchOf(change)
    const since = stageOf(model, event.stage).ticksSince.get(change) ?? 0
    const counted = fileOf(known, event.stage).ticks.filter((tick) => {
      const serving = tick.arms.filter((arm) => arm.weightPercent > 0)
      return (
        tick.seq > since &&
        tick.seq <= event.tick &&
        serving.length > 0 &&
        serving.every((arm) => patch !== undefined && contents(arm.release).has(patch))
      )
    })
    const watchedMs = counted.reduce((sum, tick) => sum + (tick.routerSeen ? tick.spanMs : 0), 0)
    const seen = counted.reduce((sum, tick) => sum + tick.arms.reduce((all, arm) => all + arm.requests, 0), 0)
    const what = `#${change} in ${event.stage}: ${watchedMs} ms of ${forMs}, ${seen} requests of ${requests}`
    if (watchedMs < forMs) broken('nothing is proven before its watched time is over', what)
    if (definition.traffic !== 'none' && seen < requests)
      broken('nothing is proven by too few requests', what)
  }
}

/** A tick may straddle the change of a plan at its beginning. */
const SLACK_MS = 3 * TICK_MS

/** A step passes only after its share was acknowledged, and watched for as long as it has to soak. */
function checkSoaked(known: Known, event: Extract<ServiceEvent, { type: 'step-passed' }>): void {
  const { model, broken, nowMs } = known
  const stage = stageOf(model, event.stage)
  const { rollout } = stage
  const step = rollout?.steps[event.step]
  if (!rollout || !step || rollout.direction === 'back') return
  const what = `step ${event.step} of #${event.release} in ${event.stage}`
  if (rollout.step !== event.step) broken('no step is left out', `${what} passed at step ${rollout.step}`)
  const share = stage.arms.find((arm) => arm.release === event.release)?.weightPercent
  if (share !== step.percent && !(share === undefined && step.percent === 0))
    broken('no step passes before its share is acknowledged', `${what}: ${share} % of ${step.percent} %`)
  if (step.soakMs === 0) return
  const soakedMs = fileOf(known, event.stage)
    .ticks.filter(
      (tick) =>
        tick.seq > rollout.sinceTick &&
        tick.routerSeen &&
        tick.arms.some((arm) => arm.release === event.release && arm.weightPercent === step.percent),
    )
    .reduce((sum, tick) => sum + tick.spanMs, 0)
  const inForceMs = nowMs - (stage.shareSinceMs.get(event.release) ?? nowMs)
  if (soakedMs < step.soakMs || inForceMs < step.soakMs - SLACK_MS)
    broken(
      'no step passes before it has soaked',
      `${what}: ${soakedMs} ms watched and ${inForceMs} ms in force of ${step.soakMs}`,
    )
}
