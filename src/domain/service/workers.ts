// Processes without a port take their work by themselves as soon as they run. So they are started only by the step whose
// gate was passed, stop when they serve no longer, and are never kept warm (behaviour 2.9, 5.5).
import type { RolloutStep, StageDefinition, WorkerCounts } from '../pipeline/definition.ts'
import type { Rollout } from './state.ts'

const NONE: WorkerCounts = {}

/** The part of so many instances that a step asks for: at least one. */
export function partAt(instances: number, step: RolloutStep | undefined): number {
  if (!step || step.kind === 'all' || step.kind === 'replace') return instances
  if (step.kind === 'one-box') return 1
  return Math.max(1, Math.ceil((instances * step.percent) / 100))
}

/** The step that a rollout has passed the gate of, by index; -1 before the first. */
export function reachedStep({ phase, step }: Rollout): number {
  return phase === 'shifting' || phase === 'soaking' ? step : step - 1
}

/** Undefined where the service has no such processes. */
export function liveWorkers({ workers }: StageDefinition): WorkerCounts | undefined {
  return workers
}

export function candidateWorkers(definition: StageDefinition, rollout: Rollout): WorkerCounts | undefined {
  const { workers } = definition
  if (workers === undefined) return undefined
  const reached = reachedStep(rollout)
  if (reached < 0) return NONE
  const step = rollout.steps[reached]
  return Object.fromEntries(
    Object.entries(workers).map(([process, instances]) => [process, partAt(instances, step)]),
  )
}

/** For what is warm, or on a track of its own, or only checked: it must not take anybody's work. */
export function noWorkers({ workers }: StageDefinition): WorkerCounts | undefined {
  return workers === undefined ? undefined : NONE
}

/** Whether what is there is what is wanted. Where nobody knows what is there, it is not. */
export function sameWorkers(there: WorkerCounts | undefined, wanted: WorkerCounts | undefined): boolean {
  if (wanted === undefined) return true
  if (there === undefined) return false
  const names = new Set([...Object.keys(there), ...Object.keys(wanted)])
  return [...names].every((name) => (there[name] ?? 0) === (wanted[name] ?? 0))
}

/** The most of each that two reasons ask for. */
export function mostWorkers(
  left: WorkerCounts | undefined,
  right: WorkerCounts | undefined,
): WorkerCounts | undefined {
  if (left === undefined || right === undefined) return left ?? right
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return Object.fromEntries(names.map((name) => [name, Math.max(left[name] ?? 0, right[name] ?? 0)]))
}
