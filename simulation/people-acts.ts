// What people say to releases on their way, and to rollouts under way. Mostly they answer what they are asked, wherever
// that is; and now and then they say it at a place where nobody asked.
import type { PersonCommand } from '../src/domain/service/command.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'

type Distribute<Type> = Type extends unknown ? Omit<Type, 'at' | 'by'> : never
type PeopleWish = Distribute<PersonCommand>

/** Whether something waits here for a word that only people can give. */
function isAsked({ rollout, approvalAsked, live }: StageState): boolean {
  const isOpen =
    approvalAsked !== null &&
    (approvalAsked.settings !== undefined || approvalAsked.release > (live?.release ?? 0))
  return isOpen || (rollout !== null && (rollout.paused !== null || rollout.confirmAsked === rollout.step))
}

export function drawPeopleAct(random: Random, state: ServiceState, picked: StageState): PeopleWish {
  const asked = Object.values(state.stages).filter(isAsked)
  if (asked.length > 0 && random.chance(0.7)) return drawAnswer(random, random.pick(asked))
  const { stage } = Object.values(state.stages).find(({ rollout }) => rollout !== null) ?? picked
  const asks = state.definition?.stages.find((one) => one.approve)?.stage ?? picked.stage
  const release = random.int(Math.max(1, state.head - 3), state.head)
  const roll = random.int(0, 9)
  if (roll < 4) return { type: random.pick(['approve', 'promote'] as const), stage: asks, release }
  if (roll < 5) return { type: 'send-back', stage: asks, release, reason: 'it lacks tests' }
  if (roll < 8) return { type: 'pause', stage, reason: 'a customer calls' }
  return { type: random.pick(['resume', 'confirm'] as const), stage }
}

function drawAnswer(random: Random, { stage, rollout, approvalAsked }: StageState): PeopleWish {
  if (rollout?.paused) return { type: 'resume', stage }
  if (rollout && rollout.confirmAsked === rollout.step) return { type: 'confirm', stage }
  if (approvalAsked?.settings !== undefined)
    return { type: random.pick(['approve', 'promote'] as const), stage }
  const release = approvalAsked?.release ?? 1
  if (random.chance(0.25)) return { type: 'send-back', stage, release, reason: 'it lacks tests' }
  return { type: random.pick(['approve', 'promote'] as const), stage, release }
}
