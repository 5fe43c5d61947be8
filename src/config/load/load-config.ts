// Reads a config file and says what it means, or every mistake in it with its place.
import { readFileSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { parseDocument } from 'yaml'
import type { Config } from '../complete/complete-config.ts'
import type { ConfigMistake, ConfigMistakeCode, ConfigPath, PlacedNote, Problem } from '../config-mistake.ts'
import { locateInSource } from '../locate/locate-in-source.ts'
import { locateInYaml } from '../locate/locate-in-yaml.ts'
import { type Place, placeOf } from '../locate/place.ts'
import { readConfig } from '../read-config.ts'
import { writeDuration } from '../words/duration.ts'
import { type Evaluation, evaluateConfig } from './evaluate-config.ts'
import { readFailure } from './failure-place.ts'

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly notes: readonly PlacedNote[] }
  | { readonly ok: false; readonly mistakes: readonly ConfigMistake[] }

export type LoadOptions = {
  /** How long a TypeScript or JavaScript config may take to evaluate; 10 s by default. */
  readonly limitMs?: number
}

/** Never throws for what is wrong with the file or in it. The name in mistakes is the one given here. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadResult> {
  const opened = await open(file)
  if ('ok' in opened) return opened
  return /\.ya?ml$/.test(extname(file)) ? loadYaml(file, opened) : loadSource(file, opened, options)
}

type Opened = { readonly text: string; readonly path: string }

async function open(file: string): Promise<Opened | LoadResult> {
  try {
    const path = await realpath(file)
    return { text: await readFile(path, 'utf8'), path }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing
      ? broken(file, 'config/not-found', 'there is no such file; `sluice init` proposes one')
      : broken(
          file,
          'config/unreadable',
          `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        )
  }
}

function loadYaml(file: string, { text, path }: Opened): LoadResult {
  const document = parseDocument(text, { merge: true, prettyErrors: false })
  const errors = [...document.errors, ...document.warnings]
  if (errors.length > 0) {
    const mistakes = errors.map((error) =>
      mistakeAt(file, placeOf(text, error.pos[0]), 'config/syntax', `is not YAML here: ${error.message}`),
    )
    return { ok: false, mistakes }
  }
  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return broken(file, 'config/syntax', error instanceof Error ? error.message : String(error))
  }
  return judge(file, path, raw, [], (problemPath, at) => locateInYaml(document, text, problemPath, at))
}

async function loadSource(file: string, { text, path }: Opened, options: LoadOptions): Promise<LoadResult> {
  const evaluation = await evaluateConfig(path, options)
  if (evaluation.result !== 'value') return notEvaluated(file, path, evaluation)
  return judge(file, path, evaluation.value, evaluation.wrong, (problemPath, at) =>
    locateInSource(text, problemPath, at),
  )
}

function judge(
  file: string,
  path: string,
  raw: unknown,
  notPlain: readonly { readonly path: ConfigPath; readonly message: string }[],
  locate: (path: ConfigPath, at: 'key' | 'value') => Place,
): LoadResult {
  const reading = readConfig(raw, dirname(path))
  if (reading.ok && notPlain.length === 0) {
    const notes = reading.notes.map((note) => ({ ...note, file, ...locate(note.path, 'value') }))
    return { ok: true, config: reading.config, notes }
  }
  const wrongKinds = notPlain.map(
    (wrong): Problem => ({ ...wrong, code: 'config/not-plain', at: 'value', suggestion: null }),
  )
  const covered = new Set(wrongKinds.map((problem) => JSON.stringify(problem.path)))
  const others = reading.ok
    ? []
    : reading.problems.filter((problem) => !covered.has(JSON.stringify(problem.path)))
  const mistakes = [...wrongKinds, ...others].map((problem) => ({
    ...problem,
    file,
    ...locate(problem.path, problem.at),
  }))
  return { ok: false, mistakes: mistakes.sort((a, b) => a.line - b.line || a.column - b.column) }
}

function notEvaluated(
  file: string,
  path: string,
  evaluation: Exclude<Evaluation, { result: 'value' }>,
): LoadResult {
  switch (evaluation.result) {
    case 'no-default':
      return broken(file, 'config/no-export', 'exports no config; write `export default defineConfig({ … })`')
    case 'too-slow':
      return broken(
        file,
        'config/too-slow',
        `was not evaluated within ${writeDuration(evaluation.limitMs)}; a config must not wait for anything`,
      )
    case 'too-large':
      return broken(file, 'config/not-plain', 'exports more than 4 MiB; a config is smaller than that')
    case 'failed': {
      const failure = readFailure(evaluation.output, path, readOrNull)
      const code = /SyntaxError|enum/.test(failure.message) ? 'config/syntax' : 'config/evaluation'
      const where = join(dirname(file), relative(dirname(path), failure.file))
      const message = /^[a-z]/.test(failure.message) ? failure.message : `does not load: ${failure.message}`
      return { ok: false, mistakes: [mistakeAt(where, failure.place, code, message)] }
    }
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function broken(file: string, code: ConfigMistakeCode, message: string): LoadResult {
  return { ok: false, mistakes: [mistakeAt(file, { line: 1, column: 1 }, code, message)] }
}

function mistakeAt(file: string, place: Place, code: ConfigMistakeCode, message: string): ConfigMistake {
  return { file, ...place, code, path: [], at: 'value', message, suggestion: null }
}
