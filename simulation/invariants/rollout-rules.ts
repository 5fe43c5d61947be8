// Rollouts: one at a time, ended for ever, never over the head of a person.
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { stageOf } from './model.ts'
import type { Known } from './rules.ts'

export function checkRollout(known: Known, event: ServiceEvent): void {
  const { model, broken } = known
  if (!('stage' in event)) return
  const stage = stageOf(model, event.stage)
  if ('rollout' in event && event.type !== 'rollout-started') {
    // A release command is ended after its rollout: only then is it known that nobody waits for it.
    if (stage.ended.has(event.rollout) && event.type !== 'release-command-stopped')
      broken('nothing speaks of a rollout after its end', `${event.type} of ${event.stage} ${event.rollout}`)
    else if (stage.rollout?.rollout !== event.rollout && event.type !== 'release-command-stopped')
      broken('an event of a rollout speaks of the one under way', `${event.type} of ${event.rollout}`)
  }
  if (event.type !== 'rollout-started') return
  if (stage.rollout)
    broken('one rollout at a time in a stage', `${event.rollout} began before ${stage.rollout.rollout} ended`)
  if (event.direction === 'back' && event.by.kind === 'machine') checkMachineBack(known, event)
}

function checkMachineBack(
  { model, broken }: Known,
  event: Extract<ServiceEvent, { type: 'rollout-started' }>,
): void {
  const stage = stageOf(model, event.stage)
  // Back to what is live anyway: the candidate of a failed rollout only gives up its share.
  if (event.release === stage.live) return
  const what = `#${event.release} over #${stage.live} in ${event.stage}`
  if (stage.pin) broken('the machine moves nothing that a person pinned', what)
  if (stage.live !== null && stage.accepted.has(stage.live))
    broken('the machine takes out nothing that a person accepted', what)
  const isLast = model.definition?.stages.at(-1)?.stage === event.stage
  if (isLast && stage.machineWentBack) broken('the machine never goes back twice in production', what)
}
