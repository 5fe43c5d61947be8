/** A place in a text; both count from 1. */
export type Place = { readonly line: number; readonly column: number }

/** The place of an offset. Columns count UTF-16 units, as editors do. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: countLines(before), column: offset - lineStart + 1 }
}

function countLines(text: string): number {
  let lines = 1
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) lines++
  return lines
}
