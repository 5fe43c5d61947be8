// Processes without a port take work as soon as they run, so when they run is when they serve (behaviour 2.9, 5.5).
import { SERVICE } from '../draw-definition.ts'
import type { World } from '../world.ts'
import type { Instance } from '../world/world-target.ts'
import { definitionOf, stageOf, type Model } from './model.ts'
import type { Break } from './rules.ts'

/**
 * Asked of each that starts. What was asked of a host may land late, after its rollout has ended; what never took a step
 * here may not run here.
 */
export function checkTakesWork(
  model: Model,
  { environment, release, process, port, id }: Instance,
  broken: Break,
): void {
  if (port !== 0) return
  const { stepped, shown } = stageOf(model, environment.stage)
  // What people want to see, or have checked, is the main process of a release alone.
  if (process === undefined && shown.has(release)) return
  if (!stepped.has(release))
    broken(
      'a process without a port starts only once the step of its release was taken',
      `${process ?? 'instance'} ${id}`,
    )
}

/** Asked at rest: what serves has its workers, and nothing else has any. */
export function checkWorkers(world: World): void {
  const { model, broken } = world.rules
  for (const { stage } of model.definition?.stages ?? []) {
    const { live, rollout } = stageOf(model, stage)
    const { workers, portless } = definitionOf(model, stage) ?? {}
    const working = world.target
      .running({ service: SERVICE, stage })
      .filter(({ process }) => process !== undefined)
    for (const { release, id } of working)
      if (release !== live && release !== rollout?.release)
        broken('what serves no longer takes no work', `${id} runs, and ${stage} serves #${live}`)
    if (live === null || rollout || world.defects(live).has('never-healthy') || portless) continue
    for (const [name, count] of Object.entries(workers ?? {})) {
      const there = working.filter(({ process, release }) => process === name && release === live).length
      if (there < count)
        broken('what serves has all its processes', `${there} of ${count} ${name} of #${live} in ${stage}`)
    }
  }
}
