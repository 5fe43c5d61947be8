// What is wrong with a config, where, and what would be right.

/** Way to a value: `['services', 'shop', 'pipeline', 0, 'bake']`. */
export type ConfigPath = readonly (string | number)[]

/** A mistake before it has a place in a file. */
export type Problem = {
  readonly code: ConfigMistakeCode
  readonly path: ConfigPath
  /** Whether the key itself is wrong, or what it was given. */
  readonly at: 'key' | 'value'
  /** Goes after the path: `must be at least 1`. Never repeats a value that may be secret. */
  readonly message: string
  /** The nearest right word, when one is near. */
  readonly suggestion: string | null
}

/** Something to know about a config that is fine; the message goes after the path. */
export type ConfigNote = { readonly path: ConfigPath; readonly message: string }

/** With its place: lines and columns count from 1. */
export type PlacedNote = ConfigNote & {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Stable and public; documented in docs/reference/errors.md. */
export type ConfigMistakeCode =
  | 'config/not-found'
  | 'config/unreadable'
  | 'config/syntax'
  | 'config/evaluation'
  | 'config/too-slow'
  | 'config/no-export'
  | 'config/not-plain'
  | 'config/unknown-key'
  | 'config/not-supported-yet'
  | 'config/missing'
  | 'config/wrong-value'
  | 'config/contradiction'

/** A mistake with its place: lines and columns count from 1. */
export type ConfigMistake = Problem & {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `services.shop.pipeline[0].bake`, with quotes where a key is no plain word. */
export function writePath(path: ConfigPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}

/** One line for people: file, line, column, what is wrong, the nearest right word. */
export function writeMistake(mistake: ConfigMistake): string {
  const where = `${mistake.file}:${mistake.line}:${mistake.column}`
  const what = mistake.path.length === 0 ? mistake.message : `${writePath(mistake.path)} ${mistake.message}`
  const hint = mistake.suggestion === null ? '' : `; did you mean \`${mistake.suggestion}\`?`
  return `${where}: ${what}${hint}`
}

/** Thrown where a config must be good to go on. */
export class ConfigError extends Error {
  readonly code = 'config/broken'
  readonly mistakes: readonly ConfigMistake[]

  constructor(mistakes: readonly ConfigMistake[]) {
    super(mistakes.map(writeMistake).join('\n'))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}
