// Where in a TypeScript or JavaScript config a value was written. It reads the text and runs nothing; what was
// computed is placed at the nearest key that was written out.
import type { ConfigPath } from '../config-mistake.ts'
import { type Place, placeOf } from './place.ts'
import { type Literal, readSourceLiterals, type SourceLiterals } from './source-literals.ts'

/** `at: 'key'` is the place of the key itself, `value` of what it was given. A missing key is placed at its parent. */
export function locateInSource(source: string, path: ConfigPath, at: 'key' | 'value'): Place {
  const literals = readSourceLiterals(source)
  let literal = literals.exported === null ? null : resolve(literals.exported, literals)
  let offset = literals.exported?.start ?? 0
  for (const [index, part] of path.entries()) {
    const found: Found | null = literal === null ? null : step(literal, part, literals)
    if (found === null) break
    const isLast = index === path.length - 1
    offset = isLast && at === 'value' ? found.value.start : found.start
    literal = resolve(found.value, literals)
  }
  return placeOf(source, offset)
}

type Found = { readonly start: number; readonly value: Literal }

const NAMES_FOLLOWED_MAX = 20

/** Follows names to what they were declared as; a name from another file stays what it is. */
function resolve(literal: Literal, literals: SourceLiterals): Literal {
  let current = literal
  for (let followed = 0; current.kind === 'name' && followed < NAMES_FOLLOWED_MAX; followed++) {
    const declared = literals.declared.get(current.name)
    if (declared === undefined) return current
    current = declared
  }
  return current
}

function step(literal: Literal, part: string | number, literals: SourceLiterals): Found | null {
  if (typeof part === 'number') return literal.kind === 'array' ? item(literal, part, literals) : null
  return literal.kind === 'object' ? entry(literal, part, literals) : null
}

type ObjectLiteral = Extract<Literal, { kind: 'object' }>
type ArrayLiteral = Extract<Literal, { kind: 'array' }>

/** The last one counts, as it does when the literal is evaluated; spreads are looked into. */
function entry(literal: ObjectLiteral, key: string, literals: SourceLiterals, depth = 0): Found | null {
  for (const candidate of literal.entries.toReversed()) {
    if (candidate.key === key) return candidate
    if (candidate.key !== null || depth > NAMES_FOLLOWED_MAX) continue
    const spread = resolve(candidate.value, literals)
    const found = spread.kind === 'object' ? entry(spread, key, literals, depth + 1) : null
    if (found !== null) return found
  }
  return null
}

/** Null past a spread whose length only shows when it runs. */
function item(literal: ArrayLiteral, index: number, literals: SourceLiterals, depth = 0): Found | null {
  let left = index
  for (const candidate of literal.items) {
    if (!candidate.isSpread) {
      if (left === 0) return { start: candidate.value.start, value: candidate.value }
      left--
      continue
    }
    const spread = resolve(candidate.value, literals)
    if (spread.kind !== 'array' || depth > NAMES_FOLLOWED_MAX) return null
    const found = item(spread, left, literals, depth + 1)
    if (found !== null) return found
    left -= spread.items.length
  }
  return null
}
