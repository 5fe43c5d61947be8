// Which acts are offered where. Whether one is allowed is the server's to say; this only keeps buttons that could mean
// nothing off the page.
import { type Act, acts } from '../../src/api/act-list.ts'
import type { ActName } from '../../src/api/acts.ts'
import type { ReleaseRow, StageView } from '../../src/api/board.ts'

const byName = new Map<ActName, Act>(acts.map((act) => [act.act, act]))

export function actNamed(name: ActName): Act {
  const act = byName.get(name)
  if (act === undefined) throw new Error(`no act is called ${name}`)
  return act
}

/** Acts of a stage: `now` are those its state calls for, `more` are possible at any time, `round` go round the line. */
export function actsOfStage(stage: StageView): {
  readonly now: readonly ActName[]
  readonly more: readonly ActName[]
  readonly round: readonly ActName[]
} {
  if (stage.retired !== null) return { now: stage.locks.length > 0 ? ['unlock'] : [], more: [], round: [] }
  const now: ActName[] = [...actsOfRollout(stage), ...actsOfApproval(stage)]
  const more: ActName[] = []
  if (stage.bake?.asked) now.push('accept')
  if (stage.locks.length > 0) now.push('unlock')
  if (stage.pin !== null) now.push('unpin')
  const isBaking = stage.bake !== null && stage.bake.changes.length > 0
  if (isBaking) (stage.rollout === null && now.length === 0 ? now : more).push('skip-bake')
  if (stage.suspects.length > 0 && stage.pin === null) now.push('reject')
  if (isForward(stage) && stage.rollout?.paused === null) more.push('pause')
  more.push('lock')
  if (stage.live !== null && stage.pin === null) more.push('pin')
  if (stage.couldGoBackTo.length > 0) more.push('rollback')
  if (stage.live !== null && !now.includes('reject')) more.push('reject')
  if (stage.live !== null && stage.rollout === null) more.push('retire-stage')
  return { now, more, round: ['hotfix', 'emergency', 'deploy'] }
}

function isForward({ rollout }: StageView): boolean {
  return rollout?.direction === 'forward'
}

function actsOfRollout(stage: StageView): readonly ActName[] {
  const { rollout } = stage
  if (rollout === null || !isForward(stage)) return []
  return [
    ...(rollout.asksConfirm ? (['confirm'] as const) : []),
    ...(rollout.paused === null ? [] : (['resume'] as const)),
    'abort',
  ]
}

function actsOfApproval({ approve, waiting, wayRound }: StageView): readonly ActName[] {
  if (approve === null) return []
  const says = approve.byHand ? 'promote' : 'approve'
  if (approve.release !== null || wayRound !== null || waiting.length > 0) return [says, 'send-back']
  return approve.settings === null ? [] : [says]
}

/** What can be said of a release wherever it is. */
export function actsOfRelease({ build, rejected }: ReleaseRow): readonly ActName[] {
  return [
    ...(build.state === 'failed' ? (['retry'] as const) : []),
    rejected === null ? 'reject' : 'unreject',
  ]
}

/** What can be said of a release where it stands in one stage. */
export function actsOfStanding(
  stage: StageView,
  release: ReleaseRow,
  each: ReleaseRow['standings'][number],
): readonly ActName[] {
  const isWaiting = stage.waiting.some((one) => one.release === release.release)
  const isBaking = stage.bake?.changes.some((one) => one.release === release.release) ?? false
  const lacksLive = each.why.some(({ code }) => code === 'gate/lacks-live')
  const isNext = isWaiting && release.rejected === null
  return [
    ...(isNext && stage.approve !== null
      ? ([stage.approve.byHand ? 'promote' : 'approve', 'send-back'] as const)
      : []),
    ...(isBaking ? (['skip-bake'] as const) : []),
    ...(each.standing === 'rolled-back' ? (['retry'] as const) : []),
    ...(lacksLive ? (['accept'] as const) : []),
    ...(stage.couldGoBackTo.includes(release.release) ? (['rollback'] as const) : []),
    ...(isNext ? (['hotfix'] as const) : []),
  ]
}

/** What would help against a reason to wait, where a button can say it and the stage does not offer it already. */
export function actOfReason(code: string): ActName | null {
  switch (code) {
    case 'gate/taken-out':
    case 'gate/entered-before':
    case 'gate/failed-here':
      return 'retry'
    case 'gate/lacks-live':
      return 'accept'
    default:
      return null
  }
}
