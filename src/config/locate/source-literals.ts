// Finds the object and array literals of a source text and what their keys lead to, without running it.
import { literalText, scanSource, type Word } from './scan-source.ts'

/** What stands after a key or in a list. `start` is an offset in the source. */
export type Literal =
  | { readonly kind: 'object'; readonly start: number; readonly entries: readonly Entry[] }
  | { readonly kind: 'array'; readonly start: number; readonly items: readonly Item[] }
  /** A name that may be declared elsewhere in the file. */
  | { readonly kind: 'name'; readonly start: number; readonly name: string }
  | { readonly kind: 'other'; readonly start: number }

/** `key: null` is a spread, or a key that is only known when it runs. */
export type Entry = { readonly key: string | null; readonly start: number; readonly value: Literal }
export type Item = { readonly isSpread: boolean; readonly value: Literal }

export type SourceLiterals = {
  /** The default export, or what `module.exports` is given. */
  readonly exported: Literal | null
  /** What `const` names at any level are given, by name. */
  readonly declared: ReadonlyMap<string, Literal>
}

export function readSourceLiterals(source: string): SourceLiterals {
  const words = scanSource(source)
  const declared = new Map<string, Literal>()
  let exported: Literal | null = null
  for (let at = 0; at < words.length; at++) {
    const [first, second] = [words[at]?.text, words[at + 1]?.text]
    if (first === 'export' && second === 'default') exported = readValue(words, at + 2).value
    else if (
      first === 'module' &&
      second === '.' &&
      words[at + 2]?.text === 'exports' &&
      words[at + 3]?.text === '='
    ) {
      exported = readValue(words, at + 4).value
    } else if (first === 'const' || first === 'let' || first === 'var') {
      const name = words[at + 1]
      const equals = declarationEquals(words, at + 2)
      if (name?.kind === 'name' && equals !== null)
        declared.set(name.text, readValue(words, equals + 1).value)
    }
  }
  return { exported, declared }
}

/** Index of the `=` of a declaration, past its type if it has one. */
function declarationEquals(words: readonly Word[], from: number): number | null {
  let depth = 0
  for (let at = from; at < words.length; at++) {
    const text = words[at]?.text ?? ''
    if (text === '=' && depth === 0) return at
    if ('([{<'.includes(text)) depth++
    else if (')]}>'.includes(text)) depth--
    else if (text === ';' || depth < 0) return null
  }
  return null
}

type Read<T> = { readonly value: T; readonly next: number }

/** Reads one value; `next` is the index of the comma or bracket that ends it. */
function readValue(words: readonly Word[], from: number): Read<Literal> {
  const first = words[from]
  if (first === undefined) return { value: { kind: 'other', start: 0 }, next: from }
  const inner = readHead(words, from)
  const next = skipRest(words, inner.next)
  return { value: inner.value, next }
}

function readHead(words: readonly Word[], from: number): Read<Literal> {
  const first = words[from]
  const second = words[from + 1]
  if (first === undefined) return { value: { kind: 'other', start: 0 }, next: from }
  if (first.text === '{') return readObject(words, from)
  if (first.text === '[') return readArray(words, from)
  if (first.text === '(' && first.kind === 'sign' && !isArrow(words, from)) return readHead(words, from + 1)
  if (first.kind === 'name' && second?.text === '(' && !isArrow(words, from + 1)) {
    // `defineConfig({ … })`: the first argument is what counts.
    return readHead(words, from + 2)
  }
  const isPlainName = first.kind === 'name' && second?.text !== '.' && second?.text !== '=>'
  const value: Literal = isPlainName
    ? { kind: 'name', start: first.start, name: first.text }
    : { kind: 'other', start: first.start }
  return { value, next: from }
}

/** Whether the bracket at `from` opens the parameters of an arrow function. */
function isArrow(words: readonly Word[], from: number): boolean {
  const close = skipRest(words, from + 1, ')')
  return words[close + 1]?.text === '=>'
}

/** Index of the next comma or closing bracket that belongs to the level of `from`; with `until`, of that sign only. */
function skipRest(words: readonly Word[], from: number, until?: string): number {
  let depth = 0
  for (let at = from; at < words.length; at++) {
    const word = words[at]
    if (word?.kind !== 'sign') continue
    if (depth === 0 && (until === undefined ? ',)]};'.includes(word.text) : word.text === until)) return at
    if ('([{'.includes(word.text)) depth++
    else if (')]}'.includes(word.text)) depth--
  }
  return words.length
}

function readArray(words: readonly Word[], from: number): Read<Literal> {
  const items: Item[] = []
  let at = from + 1
  while (at < words.length && words[at]?.text !== ']') {
    const isSpread = words[at]?.text === '...'
    const { value, next } = readValue(words, isSpread ? at + 1 : at)
    items.push({ isSpread, value })
    at = afterComma(words, next)
  }
  return { value: { kind: 'array', start: words[from]?.start ?? 0, items }, next: at + 1 }
}

function readObject(words: readonly Word[], from: number): Read<Literal> {
  const entries: Entry[] = []
  let at = from + 1
  while (at < words.length && words[at]?.text !== '}') {
    const { value, next } = readEntry(words, at)
    entries.push(value)
    at = afterComma(words, next)
  }
  return { value: { kind: 'object', start: words[from]?.start ?? 0, entries }, next: at + 1 }
}

/** Past a comma; a sign that ends nothing here is stepped over, so that reading always goes on. */
function afterComma(words: readonly Word[], at: number): number {
  const text = words[at]?.text
  return text === ',' || text === ')' || text === ';' ? at + 1 : at
}

function readEntry(words: readonly Word[], at: number): Read<Entry> {
  const first = words[at]
  const start = first?.start ?? 0
  if (first?.text === '...') {
    const { value, next } = readValue(words, at + 1)
    return { value: { key: null, start, value }, next }
  }
  if (first?.text === '[') {
    const close = skipRest(words, at + 1, ']')
    const inside = words[at + 1]
    const key = close === at + 2 && inside?.kind === 'string' ? literalText(inside) : null
    const { value, next } = readValue(words, close + 2)
    return { value: { key, start, value }, next }
  }
  const key = first?.kind === 'string' ? literalText(first) : (first?.text ?? '')
  if (words[at + 1]?.text === ':') {
    const { value, next } = readValue(words, at + 2)
    return { value: { key, start, value }, next }
  }
  // `{ stages }` is short for `{ stages: stages }`; anything else is a method.
  const isShort = [',', '}'].includes(words[at + 1]?.text ?? '')
  const value: Literal = isShort ? { kind: 'name', start, name: key } : { kind: 'other', start }
  return { value: { key, start, value }, next: skipRest(words, at + 1) }
}
