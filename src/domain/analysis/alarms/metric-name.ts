// Which series of a metric are meant: `signups_total{result="invalid"}`. Several that fit are added up.

export type MetricName = {
  /** As people write it. */
  readonly text: string
  readonly name: string
  readonly labels: readonly (readonly [label: string, value: string])[]
}

const NAME = /^([a-zA-Z_:][a-zA-Z0-9_:]{0,199})(?:\{(.{0,400})\})?$/
const LABEL = /^\s*([a-zA-Z_][a-zA-Z0-9_]{0,99})\s*=\s*"((?:[^"\\]|\\["\\n])*)"\s*(,|$)/

/** Null for what is not the name of a metric. */
export function parseMetricName(text: string): MetricName | null {
  const parts = NAME.exec(text)
  if (parts?.[1] === undefined) return null
  const labels: (readonly [string, string])[] = []
  let rest = parts[2]?.trim() ?? ''
  while (rest !== '') {
    const label = LABEL.exec(rest)
    if (label?.[1] === undefined || label[2] === undefined) return null
    labels.push([label[1], unescaped(label[2])])
    rest = rest.slice(label[0].length)
  }
  const isTwice = new Set(labels.map(([label]) => label)).size < labels.length
  return isTwice ? null : { text, name: parts[1], labels }
}

/** What stands between quotes in names and in exposed text. */
export function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
}
