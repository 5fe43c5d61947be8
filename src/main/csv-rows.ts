// CSV as it comes in, row by row, with the numbers of its lines. Bytes stay bytes: a text has one character for each.
import { setImmediate as othersTurn } from 'node:timers/promises'

export type CsvRow = { readonly line: number; readonly cells: readonly string[] }

/** What is wrong with the file, and in which line. */
export class BadCsv extends Error {
  readonly line: number

  constructor(line: number, what: string) {
    super(what)
    this.name = 'BadCsv'
    this.line = line
  }
}

const LINE_CHARS_MAX = 16 * 1024
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/

/** Throws BadCsv. Lets others work between the pieces, however fast they come. */
export async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<readonly CsvRow[]> {
  let rest = ''
  let line = 0
  let total = 0
  for await (const piece of bytes) {
    total += piece.length
    if (total > bytesMax) throw new BadCsv(line + 1, `the table is larger than ${bytesMax} bytes`)
    const lines = (rest + Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')).split(
      '\n',
    )
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARS_MAX) throw new BadCsv(line + lines.length + 1, tooLong)
    const rows: CsvRow[] = []
    for (const text of lines) {
      line += 1
      const row = readRow(line, text)
      if (row) rows.push(row)
    }
    yield rows
    await othersTurn()
  }
  const last = readRow(line + 1, rest)
  if (last) yield [last]
}

const tooLong = `it is longer than ${LINE_CHARS_MAX} characters`

/** Undefined for an empty line. */
function readRow(line: number, text: string): CsvRow | undefined {
  if (text.length > LINE_CHARS_MAX) throw new BadCsv(line, tooLong)
  const plain = (line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text).replace(/\r$/, '')
  if (plain === '') return undefined
  return { line, cells: plain.includes('"') ? readQuoted(line, plain) : plain.split(',') }
}

function readQuoted(line: number, text: string): readonly string[] {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at)
      const cell = text.slice(at, end < 0 ? undefined : end)
      if (cell.includes('"'))
        throw new BadCsv(line, 'a quote stands inside a value that does not begin with one')
      cells.push(cell)
      if (end < 0) return cells
      at = end + 1
      continue
    }
    const [cell, end] = readQuotedCell(line, text, at)
    cells.push(cell)
    if (end === text.length) return cells
    if (text[end] !== ',')
      throw new BadCsv(line, 'something stands between a quote that closes and the next comma')
    at = end + 1
  }
}

/** The value, and where it ends. */
function readQuotedCell(line: number, text: string, start: number): readonly [string, number] {
  let cell = ''
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at)
    if (quote < 0) throw new BadCsv(line, 'a quote is not closed')
    cell += text.slice(at, quote)
    if (text[quote + 1] !== '"') return [cell, quote + 1]
    cell += '"'
    at = quote + 2
  }
}
