// Services that follow one branch of one repository: one commit may make a release in several, in no order.
import type { EpochMs } from '../domain/names.ts'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'
import type { ForecastRow } from './forecast.ts'

/** A row for `plan` where one commit could make a release here and elsewhere; none where paths keep them apart. */
export function sharedBranchRows(
  service: ServiceDefinition,
  all: readonly ServiceDefinition[],
  now: EpochMs,
): readonly ForecastRow[] {
  const { source } = service
  const others = all.filter(
    (other) =>
      other.service !== service.service &&
      other.source.git === source.git &&
      other.source.branch === source.branch &&
      mayBothMatch(source.paths, other.source.paths),
  )
  if (others.length === 0) return []
  const names = others.map((other) => other.service).join(' and ')
  return [
    {
      stage: 'source',
      text: `a commit may make a release of ${names}, too, and nobody promises which is live first; what must go together is one service with several processes`,
      at: now,
    },
  ]
}

function mayBothMatch(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (left === undefined || right === undefined) return true
  return heads(left).some((one) => heads(right).some((other) => isWithin(one, other) || isWithin(other, one)))
}

/** Each path as far as it is written out. */
function heads(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => !path.startsWith('!'))
    .map((path) =>
      /[*?[]/.test(path) ? path.slice(0, path.search(/[*?[]/)) : `${path.replace(/\/+$/, '')}/`,
    )
}

function isWithin(inner: string, outer: string): boolean {
  return inner.startsWith(outer)
}
