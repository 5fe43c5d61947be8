// A metric of Datadog with its filter, as people write it: `shop.requests{env:production}`.

export type MetricQuery = { readonly metric: string; readonly filter: string }

const QUERY = /^(?:sum:)?([a-zA-Z][a-zA-Z0-9_.]{0,199})(?:\{([^{}"=]{0,500})\})?$/

/** Null for what is none. Without a filter everything is meant. */
export function parseMetricQuery(text: string): MetricQuery | null {
  const parts = QUERY.exec(text.trim())
  if (parts?.[1] === undefined) return null
  const filter = parts[2]?.trim() ?? ''
  return { metric: parts[1], filter: filter === '' ? '*' : filter }
}

/** How many there were in each span of so many seconds, by the value of a tag. */
export function countsBy({ metric, filter }: MetricQuery, tag: string, seconds: number): string {
  return `sum:${metric}{${filter}} by {${tag}}.as_count().rollup(sum, ${seconds})`
}
