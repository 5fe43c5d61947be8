// Why nothing fits: a name or a label that does not exist, and the nearest one that does.
import { nearestSentence } from '../../../api/nearest.ts'
import { metricsIn, parseSelector } from '../../../domain/analysis/sources/series-selector.ts'
import type { PrometheusApi } from './prometheus-api.ts'

/**
 * Undefined where its names and labels exist, so that nothing fits only for now. `version`: a label that its series must
 * have, too.
 */
export async function whyNoSeries(
  api: Pick<PrometheusApi, 'labelsOf' | 'names'>,
  expression: string,
  { version, atSeconds }: { readonly version: string | null; readonly atSeconds: number },
): Promise<string | undefined> {
  const selector = parseSelector(expression)
  for (const name of selector === null ? metricsIn(expression) : [selector.name]) {
    const labels = await api.labelsOf(name, atSeconds)
    if (labels.length === 0) return `nothing is called ${name}. ${nearestSentence(name, await api.names())}`
    const wanted = [...(selector?.labels ?? []), ...(version === null ? [] : [version])]
    const unknown = wanted.find((label) => !labels.includes(label) && label !== '__name__')
    if (unknown !== undefined)
      return `${name} has no label ${unknown}. ${nearestSentence(unknown, labels.toSorted())}`
  }
  return undefined
}
