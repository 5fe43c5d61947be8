// What a stage will have seen by a later time, if what it runs goes on as it does: one long tick. The milestones are
// then those of `assess`, as they are for what was really seen.
import { spellsAlone, sumOf, watchedMs, withTickCut, type Evidence } from '../analysis/evidence.ts'
import { NO_INSTANCES } from '../analysis/tick.ts'
import type { EpochMs } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { carriedBy, questionsFrom, ROLLOUT_REQUESTS, soakedMsOf, watchSpentMs } from '../service/assess.ts'
import { unclearedIn } from '../service/lifting.ts'
import { searchLeft } from '../service/search-findings.ts'
import { markOf, stageOf, type ServiceState, type StageState } from '../service/state.ts'

/** Where nothing was seen yet, traffic is assumed to be enough. */
const PLENTY_PER_MS = 1_000

/** Requests per millisecond of a stage, over what was seen of it last. */
export function paceOf({ recent }: Evidence): number {
  const seen = recent.filter(({ routerSeen, held }) => routerSeen && held !== true)
  const ms = seen.reduce((sum, { spanMs }) => sum + spanMs, 0)
  if (ms === 0) return PLENTY_PER_MS
  return seen.reduce((sum, { arms }) => sum + arms.reduce((all, arm) => all + arm.requests, 0), 0) / ms
}

export function watchOn(
  stage: StageState,
  evidence: Evidence,
  { at, spanMs, perMs }: { readonly at: EpochMs; readonly spanMs: number; readonly perMs: number },
): Evidence {
  const arms = stage.plan.arms
    .filter(({ weightPercent }) => weightPercent > 0)
    .map(({ release, weightPercent, instances }) => ({
      release,
      weightPercent,
      requests: Math.min(1e8, Math.ceil((perMs * spanMs * weightPercent) / 100)),
      errors: 0,
      latency: [],
      instances: { ...NO_INSTANCES, wanted: instances.length, ready: instances.length },
    }))
  const tick = {
    seq: evidence.lastSeq + 1,
    at,
    spanMs,
    generation: stage.plan.generation,
    routerSeen: true,
    arms,
  }
  return withTickCut(evidence, tick, questionsFrom(stage))
}

/** How long until something may be over in a stage: a step, an own time, a bake, a watch; in milliseconds, above 0. */
export function nextMilestoneMs(
  state: ServiceState,
  definition: StageDefinition,
  evidence: Evidence,
  perMs: number,
): number | undefined {
  const stage = stageOf(state, definition.stage)
  if (stage.hold) return undefined
  const left = [
    ...stepLeft(definition, stage, evidence, perMs),
    ...bakeLeft(state, definition, stage, evidence, perMs),
    ...searchLeft(state, stage, evidence, perMs),
    ...(stage.watch ? [definition.watchMs - watchSpentMs(stage, evidence)] : []),
  ].filter((ms) => ms > 0 && Number.isFinite(ms))
  return left.length === 0 ? undefined : Math.max(1, Math.ceil(Math.min(...left)))
}

function stepLeft(
  definition: StageDefinition,
  { rollout }: StageState,
  evidence: Evidence,
  perMs: number,
): readonly number[] {
  const step = rollout?.steps[rollout.step]
  if (!rollout || !step || rollout.direction === 'back' || rollout.phase !== 'soaking') return []
  if (rollout.lane === 'probe') return []
  const soakedMs = soakedMsOf(rollout, evidence)
  const since = evidence.spells.filter((spell) => spell.fromSeq > rollout.sinceTick)
  const wanted = (definition.bake?.requests ?? ROLLOUT_REQUESTS) - sumOf(since, rollout.release).requests
  return [step.soakMs - soakedMs, 2 * step.soakMs - soakedMs, (wanted * 100) / (perMs * step.percent)]
}

function bakeLeft(
  state: ServiceState,
  { bake }: StageDefinition,
  stage: StageState,
  evidence: Evidence,
  perMs: number,
): readonly number[] {
  const { live, rollout } = stage
  if (!bake || !live || rollout?.direction === 'back') return []
  const mark = markOf(stage, live.release)
  const own = mark.ownServed
    ? []
    : [bake.ownMs - watchedMs(spellsAlone(evidence, live.release, mark.sinceTick))]
  return unclearedIn(state, stage.stage, live.release, null).reduce((left, change) => {
    const seen = carriedBy(state, stage, evidence, change)
    const forRequests = (bake.requests - seen.requests) / perMs
    return [...left, bake.forMs - seen.watchedMs, 2 * bake.forMs - seen.watchedMs, forRequests]
  }, own)
}
