// What was measured, in columns; the bound of what is not told apart is said, never hidden.
import type { MeasuredRowView, MeasuresView } from '../api/measures.ts'
import type { Styles } from './styles.ts'
import { type Cell, type Column, layOut } from './table.ts'
import { plain, sayDuration } from './words.ts'

const LEAST = 8

export function measuresText(view: MeasuresView, style: Styles, width: number): readonly string[] {
  const { by, rows } = view
  const title = style.dim(`${view.service}/${view.stage}, the last ${sayDuration(view.until - view.from)}`)
  if (rows.length === 0) return [title, 'No request was seen.']
  const columns: Column[] = [...by, 'requests', 'errors', 'error rate', 'p50', 'p95', 'p99'].map((name) => ({
    title: name,
    least: LEAST,
  }))
  const cells = rows.map((row) => [
    ...by.map((name): Cell => ({ text: plain(nameOf(row, name)) })),
    { text: `${row.requests}${row.missedMax > 0 ? `+${row.missedMax}` : ''}` },
    { text: String(row.errors) },
    errorCell(row, style),
    ...[row.p50Ms, row.p95Ms, row.p99Ms].map((ms) => ({ text: sayMs(ms) })),
  ])
  const table = layOut(columns, cells, width, style.dim)
  return [title, ...table.lines, ...notes(view, style)]
}

function notes({ rows, rowsLeftOut, valuesKept }: MeasuresView, style: Styles): readonly string[] {
  const isBounded = rows.some(({ missedMax }) => missedMax > 0)
  return [
    ...(isBounded
      ? [
          style.dim(
            `+n: at most so many more; the ${valuesKept} heaviest values of a release and track are told apart, the rest is other.`,
          ),
        ]
      : []),
    ...(rowsLeftOut > 0 ? [style.dim(`${rowsLeftOut} more; say how many with --rows.`)] : []),
  ]
}

function nameOf(row: MeasuredRowView, by: string): string {
  if (by === 'release') return row.name ?? ''
  // By a route that names the release itself.
  if (by === 'track') return row.track ?? '(named)'
  if (row.value === null) return '(other)'
  return row.value === '' ? '(not said)' : (row.value ?? '')
}

function errorCell({ errorRate, errors }: MeasuredRowView, style: Styles): Cell {
  const percent = errorRate * 100
  const text = `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toPrecision(2)}%`
  return errors > 0 ? { text, style: style.bad } : { text }
}

function sayMs(ms: number | null): string {
  if (ms === null) return ''
  return ms < 10
    ? `${ms.toFixed(1)} ms`
    : ms < 10_000
      ? `${Math.round(ms)} ms`
      : `${Math.round(ms / 1_000)} s`
}
