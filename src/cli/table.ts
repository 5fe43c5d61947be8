// Columns that fit the terminal: the last ones give way first, and wide characters count as two.
import { stripVTControlCharacters } from 'node:util'

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u

export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segments.segment(stripVTControlCharacters(text)))
    width += WIDE.test(segment) ? 2 : 1
  return width
}

/** Cuts a text without styles to a width, and says so with an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let used = 0
  for (const { segment } of segments.segment(text)) {
    const step = WIDE.test(segment) ? 2 : 1
    if (used + step > width - 1) break
    kept += segment
    used += step
  }
  return width < 1 ? '' : `${kept}…`
}

export type Column = {
  readonly title: string
  /** Width it may shrink to when the line is too long. */
  readonly least: number
}
export type Cell = { readonly text: string; readonly style?: (text: string) => string }

/** Spaces between columns. */
export const GAP = 2

export function layOut(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  titleStyle: (text: string) => string,
): { readonly lines: string[]; readonly widths: number[] } {
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...rows.map((row) => widthOf(row[index]?.text ?? ''))),
  )
  let over = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width
  for (let index = columns.length - 1; index >= 0 && over > 0; index--) {
    const now = widths[index] ?? 0
    const next = Math.max(Math.min(columns[index]?.least ?? 0, now), now - over)
    over -= now - next
    widths[index] = next
  }
  const line = (cells: readonly Cell[]) =>
    cells
      .map(({ text, style }, index) => {
        const shown = cut(text, widths[index] ?? 0)
        const fill = index === cells.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - widthOf(shown) + GAP)
        return (style === undefined ? shown : style(shown)) + fill
      })
      .join('')
  const titles = line(columns.map(({ title }) => ({ text: title, style: titleStyle })))
  return { lines: [titles, ...rows.map(line)], widths }
}

/** Breaks a sentence between words; every line but the first begins with `indent` spaces. */
export function wrap(text: string, width: number, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const room = Math.max(20, width - (lines.length === 0 ? 0 : indent))
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((one, index) => (index === 0 ? one : ' '.repeat(indent) + one))
}
