// Which acts are offered where. Whether one is allowed is the server's to say; this only keeps buttons that could mean
// nothing off the page.
import { type Act, acts } from '../../src/api/act-list.ts'
import type { ActName } from '../../src/api/acts.ts'
import type { StageView } from '../../src/api/board.ts'

const byName = new Map<ActName, Act>(acts.map((act) => [act.act, act]))

export function actNamed(name: ActName): Act {
  const act = byName.get(name)
  if (act === undefined) throw new Error(`no act is called ${name}`)
  return act
}

/** Acts of a stage: `now` are those its state calls for, `more` are possible at any time. Lock stands apart. */
export function actsOfStage(stage: StageView): {
  readonly now: readonly ActName[]
  readonly more: readonly ActName[]
} {
  const now: ActName[] = []
  const more: ActName[] = []
  if (stage.rollout?.direction === 'forward') now.push('abort')
  if (stage.bake?.asked) now.push('accept')
  if (stage.locks.length > 0) now.push('unlock')
  if (stage.pin !== null) now.push('unpin')
  const isBaking = stage.bake !== null && stage.bake.changes.length > 0
  if (isBaking) (stage.rollout === null && now.length === 0 ? now : more).push('skip-bake')
  if (stage.suspects.length > 0 && stage.pin === null) now.push('reject')
  if (stage.couldGoBackTo.length > 0) more.push('rollback')
  if (stage.live !== null && stage.pin === null) more.push('pin')
  if (stage.live !== null && !now.includes('reject')) more.push('reject')
  return { now, more }
}
