import type { Intent } from '../domain/service/intent.ts'
import type { AcknowledgedArm } from '../domain/service/state.ts'

/** A stable name for what is owed: asked twice, it is the same wish. */
export function intentKey(service: string, intent: Intent): string {
  switch (intent.do) {
    case 'build':
      return `${service}/build/${intent.release}/${intent.attempt}`
    case 'scale':
      return `${service}/${intent.stage}/scale/${intent.fleet.release}/${intent.fleet.count}${workersText(intent.fleet)}/${intent.rollout ?? '-'}/${intent.step}`
    case 'route':
      return `${service}/${intent.stage}/route/${intent.arms.map(armText).join(',')}${routesText(intent)}`
    case 'check-beside':
      return `${service}/${intent.stage}/beside-${intent.release}/check-${intent.check.check}`
    case 'check':
      return `${service}/${intent.stage}/rollout-${intent.rollout}/step-${intent.step}/check-${intent.check.check}`
    case 'shrink':
      return `${service}/${intent.stage}/shrink/${intent.fleet.release}/${intent.fleet.count}${workersText(intent.fleet)}`
    case 'run-command':
    case 'end-command':
      return `${service}/${intent.stage}/rollout-${intent.rollout}/${intent.do === 'run-command' ? 'release' : 'end-release'}-${intent.attempt}`
    case 'prepare-revert':
      return `${service}/revert/${intent.release}`
    case 'decide':
      return `${service}/decide/${intent.command.type}`
    case 'wake':
      return `${service}/wake/${intent.at}`
  }
}

/** Nothing where there are no other processes. */
function workersText({ workers }: Extract<Intent, { do: 'scale' }>['fleet']): string {
  const counts = Object.entries(workers ?? {}).map(([process, count]) => `${process}=${count}`)
  return workers === undefined ? '' : `+${counts.join('+')}`
}

/** Nothing where there are neither tracks nor rules. */
function routesText({ tracks, rulesAt }: Extract<Intent, { do: 'route' }>): string {
  const shares = tracks.map(
    ({ track, shares: all }) =>
      `${track}:${all.map(({ release, weightPercent }) => `${release}=${weightPercent}`).join('+')}`,
  )
  return `${shares.length === 0 ? '' : `/${shares.join(',')}`}${rulesAt === 0 ? '' : `/rules-${rulesAt}`}`
}

function armText({ release, weightPercent, instances }: AcknowledgedArm): string {
  return `${release}=${weightPercent}:${instances.map(({ id, host, port }) => `${id}@${host}:${port}`).join('+')}`
}
