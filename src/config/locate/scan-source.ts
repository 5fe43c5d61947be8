// Words of a JavaScript or TypeScript text, enough to find object literals in it. Comments are left out; a template
// with everything inside it is one word. It never fails: what it does not understand becomes a sign of its own.

export type Word = {
  readonly kind: 'name' | 'string' | 'number' | 'template' | 'regex' | 'sign'
  readonly text: string
  readonly start: number
  readonly end: number
}

/** After these, a slash begins a regular expression and not a division. */
const BEFORE_REGEX = /^(?:[({[,;:=!&|?+\-*%<>~^]|=>|return|typeof|case|in|of|void|delete|await|new)$/

export function scanSource(source: string): readonly Word[] {
  const words: Word[] = []
  let at = 0
  while (at < source.length) {
    const blank = matchAt(/\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y, source, at)
    if (blank !== null) {
      at += blank.length
      continue
    }
    const word = nextWord(source, at, words.at(-1))
    words.push(word)
    at = word.end
  }
  return words
}

function nextWord(source: string, start: number, before: Word | undefined): Word {
  const make = (kind: Word['kind'], end: number): Word => ({
    kind,
    text: source.slice(start, end),
    start,
    end,
  })
  const sign = source[start]
  if (sign === "'" || sign === '"') return make('string', stringEnd(source, start, sign))
  if (sign === '`') return make('template', templateEnd(source, start))
  if (sign === '/' && (before === undefined || BEFORE_REGEX.test(before.text))) {
    const regex = matchAt(/\/(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\\[])+\/\w*/y, source, start)
    if (regex !== null) return make('regex', start + regex.length)
  }
  const name = matchAt(/[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy, source, start)
  if (name !== null) return make('name', start + name.length)
  const number = matchAt(/\d[\w.]*/y, source, start)
  if (number !== null) return make('number', start + number.length)
  if (source.startsWith('...', start)) return make('sign', start + 3)
  if (source.startsWith('=>', start)) return make('sign', start + 2)
  return make('sign', start + 1)
}

function matchAt(pattern: RegExp, source: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0] ?? null
}

function stringEnd(source: string, start: number, quote: string): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote) return at + 1
    else if (source[at] === '\n') return at
  }
  return source.length
}

/** Templates nest: `${` may hold strings and templates of its own. */
function templateEnd(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '`') return at + 1
    else if (source[at] === '$' && source[at + 1] === '{') at = holeEnd(source, at + 2) - 1
  }
  return source.length
}

function holeEnd(source: string, start: number): number {
  let depth = 1
  for (let at = start; at < source.length; at++) {
    const sign = source[at]
    if (sign === "'" || sign === '"') at = stringEnd(source, at, sign) - 1
    else if (sign === '`') at = templateEnd(source, at) - 1
    else if (sign === '{') depth++
    else if (sign === '}' && --depth === 0) return at + 1
  }
  return source.length
}

/** What a string literal says; escapes that keys do not have in practice are left as they are. */
export function literalText(word: Word): string {
  return word.text.slice(1, -1).replace(/\\(['"\\])/g, '$1')
}

/** Whether a text imports or exports at all: then it is a module, whatever its package.json says. */
export function isModule(source: string): boolean {
  const words = scanSource(source)
  return words.some((word, index) => {
    if (word.text !== 'import' && word.text !== 'export') return false
    const isPart = words[index - 1]?.text === '.'
    return !isPart && !['(', '.', ':', ',', '}', '='].includes(words[index + 1]?.text ?? '')
  })
}
