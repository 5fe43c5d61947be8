// The search for a culprit: it names only whom it suspected, and what it probes never stays.
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { definitionOf, stageOf } from './model.ts'
import type { Known } from './rules.ts'

export function checkSearch({ model, broken }: Known, event: ServiceEvent): void {
  if (!('stage' in event)) return
  const stage = stageOf(model, event.stage)
  const what = `${event.type} in ${event.stage}`
  switch (event.type) {
    case 'rollout-started':
      if (event.lane !== 'probe' || event.direction === 'back') return
      if (!stage.searched) broken('a probe is part of a search', what)
      if (model.definition?.stages.at(-1) === definitionOf(model, event.stage))
        broken('nothing is probed in the last stage', what)
      return
    case 'rollout-completed':
    case 'step-passed':
      if (stage.rollout?.lane === 'probe') broken('what is probed never stays', what)
      return
    case 'probe-ended':
      if (!stage.searched) broken('a probe is part of a search', what)
      else if (!event.left.every((one) => stage.searched?.includes(one)))
        broken('whoever is left was suspected from the beginning', `${what}: ${event.left.join(', ')}`)
      return
    case 'culprit-search-ended':
      if (!stage.searched) broken('a search ends once', what)
      else if (event.culprit && !stage.searched.includes(event.culprit.release))
        broken('the culprit that is named was among the suspects', `${what}: #${event.culprit.release}`)
      return
    default:
  }
}
