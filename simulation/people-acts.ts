// What people say to releases on their way, and to rollouts under way.
import type { PersonCommand } from '../src/domain/service/command.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'

type Distribute<Type> = Type extends unknown ? Omit<Type, 'at' | 'by'> : never

export function drawPeopleAct(
  random: Random,
  state: ServiceState,
  { stage, rollout, approvalAsked }: StageState,
): Distribute<PersonCommand> {
  const release = approvalAsked?.release ?? random.int(Math.max(1, state.head - 3), state.head)
  const asks = state.definition?.stages.find((one) => one.approve)?.stage ?? stage
  if (rollout?.paused && random.chance(0.7)) return { type: 'resume', stage }
  if (rollout?.confirmAsked === rollout?.step && random.chance(0.7)) return { type: 'confirm', stage }
  const roll = random.int(0, 9)
  if (roll < 5) return { type: random.pick(['approve', 'promote'] as const), stage: asks, release }
  if (roll < 6) return { type: 'send-back', stage: asks, release, reason: 'it lacks tests' }
  if (roll < 8) return { type: 'pause', stage, reason: 'a customer calls' }
  return { type: random.pick(['resume', 'confirm'] as const), stage }
}
