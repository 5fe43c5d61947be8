// A selector of series as Prometheus reads it: a name, and labels that must fit. Anything else would be an expression,
// and of an expression nobody can tell a counter that began anew from one that fell.

export type SeriesSelector = {
  readonly text: string
  readonly name: string
  /** Labels that it speaks of. */
  readonly labels: readonly string[]
}

const NAME = /^([a-zA-Z_:][a-zA-Z0-9_:]{0,199})\s*(?:\{([^]{0,1000})\})?$/
const MATCHER = /^\s*([a-zA-Z_][a-zA-Z0-9_]{0,99})\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(,|$)/

/** Null for what is none. */
export function parseSelector(text: string): SeriesSelector | null {
  const parts = NAME.exec(text.trim())
  if (parts?.[1] === undefined) return null
  const labels: string[] = []
  let rest = parts[2]?.trim() ?? ''
  while (rest !== '') {
    const matcher = MATCHER.exec(rest)
    if (matcher?.[1] === undefined) return null
    labels.push(matcher[1])
    rest = rest.slice(matcher[0].length).trim()
  }
  return { text: text.trim(), name: parts[1], labels }
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan', 'start', 'end', 'atan2'])

/** Names of metrics in an expression, as far as they can be told without reading all of the language. */
export function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ' ')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi, ' ')
    .replaceAll(/\b(group_left|group_right)\b/gi, ' ')
  const names = [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])/g)].map(
    ([name]) => name,
  )
  return [...new Set(names)].filter((name) => !KEYWORDS.has(name.toLowerCase()))
}
