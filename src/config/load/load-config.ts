// Reads a config file and says what it means, or every mistake in it with its place.
import { readFileSync } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, extname, join, relative } from 'node:path'
import { parseDocument } from 'yaml'
import type { Config } from '../complete/complete-config.ts'
import type { ConfigMistake, ConfigMistakeCode, ConfigPath, PlacedNote } from '../config-mistake.ts'
import { locateInSource } from '../locate/locate-in-source.ts'
import { locateInYaml } from '../locate/locate-in-yaml.ts'
import { type Place, placeOf } from '../locate/place.ts'
import { readConfig } from '../read-config.ts'
import { writeDuration } from '../words/duration.ts'
import { type Evaluation, evaluateConfig } from './evaluate-config.ts'
import { type Layer, mergeLayers } from '../layers/merge-layers.ts'
import { readFailure } from './failure-place.ts'

export type LoadResult =
  | {
      readonly ok: true
      readonly config: Config
      readonly notes: readonly PlacedNote[]
      /** Files that it lies over (`extends`), nearest first: when one of them changes, so does it. */
      readonly under: readonly string[]
    }
  | { readonly ok: false; readonly mistakes: readonly ConfigMistake[] }

export type LoadOptions = {
  /** How long a TypeScript or JavaScript config may take to evaluate; 10 s by default. */
  readonly limitMs?: number
}

/** Never throws for what is wrong with the file or in it. The name in mistakes is the one given here. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<LoadResult> {
  const loaded = await loadLayers(file, options)
  return 'ok' in loaded ? loaded : judge(file, loaded)
}

/** Where each value of a config comes from, and what it means. */
export async function explainConfig(file: string, options: LoadOptions = {}): Promise<ExplainResult> {
  const loaded = await loadLayers(file, options)
  if ('ok' in loaded) return { ok: false, mistakes: loaded.ok ? [] : loaded.mistakes }
  const merged = mergeLayers(loaded)
  return {
    ok: true,
    value: merged.value,
    placeOf: (path) => {
      const origin = merged.originOf(path)
      const layer = loaded.find((one) => one.file === origin.file)
      return { file: origin.file, ...(layer?.locate(origin.path, 'key') ?? { line: 1, column: 1 }) }
    },
  }
}

export type ExplainResult =
  | {
      readonly ok: true
      /** Merged, as it was written: no default is filled in. */
      readonly value: unknown
      readonly placeOf: (path: ConfigPath) => Place & { readonly file: string }
    }
  | { readonly ok: false; readonly mistakes: readonly ConfigMistake[] }

/** One file of several, read and not yet judged. */
type FileLayer = Layer & {
  readonly path: string
  readonly wrong: readonly { readonly path: ConfigPath; readonly message: string }[]
  readonly locate: (path: ConfigPath, at: 'key' | 'value') => Place
}

/** Files under files under files are more than anybody follows. */
const LAYERS_MAX = 8

/** The file, and all that it extends, nearest first. */
async function loadLayers(file: string, options: LoadOptions): Promise<readonly FileLayer[] | LoadResult> {
  const layers: FileLayer[] = []
  for (let next: string | undefined = file; next !== undefined; ) {
    const layer: FileLayer | LoadResult = await loadLayer(next, options)
    const under = layers.at(-1)
    if ('ok' in layer) return under ? atExtends(under, layer) : layer
    if (under && layers.some(({ path }) => path === layer.path))
      return mistakeIn(under, ['extends'], `leads back to ${layer.file}`)
    if (layers.length === LAYERS_MAX && under)
      return mistakeIn(under, ['extends'], `is one more than ${LAYERS_MAX} files under each other`)
    layers.push(layer)
    const named = extendsOf(layer.value)
    next = named === undefined ? undefined : join(dirname(layer.file), named)
  }
  return layers
}

/** Read by the schema, too, which says what is wrong with it. */
function extendsOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('extends' in value)) return undefined
  return typeof value.extends === 'string' && value.extends !== '' ? value.extends : undefined
}

/** A file that is not there is a mistake of the one that names it; what is wrong inside is told where it is. */
function atExtends(under: FileLayer, result: LoadResult): LoadResult {
  if (result.ok) return result
  const [first] = result.mistakes
  return first?.code === 'config/not-found' || first?.code === 'config/unreadable'
    ? mistakeIn(under, ['extends'], `names ${first.file}, and ${first.message}`)
    : result
}

function mistakeIn({ file, locate }: FileLayer, path: ConfigPath, message: string): LoadResult {
  const mistake = mistakeAt(file, locate(path, 'value'), 'config/contradiction', message)
  return { ok: false, mistakes: [{ ...mistake, path }] }
}

async function loadLayer(file: string, options: LoadOptions): Promise<FileLayer | LoadResult> {
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

function loadYaml(file: string, { text, path }: Opened): FileLayer | LoadResult {
  const document = parseDocument(text, { merge: true, prettyErrors: false })
  const errors = [...document.errors, ...document.warnings]
  if (errors.length > 0) {
    const mistakes = errors.map((error) =>
      mistakeAt(file, placeOf(text, error.pos[0]), 'config/syntax', `is not YAML here: ${error.message}`),
    )
    return { ok: false, mistakes }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return broken(file, 'config/syntax', error instanceof Error ? error.message : String(error))
  }
  const locate: FileLayer['locate'] = (wanted, at) => locateInYaml(document, text, wanted, at)
  return { file, path, value, wrong: [], locate }
}

async function loadSource(
  file: string,
  { text, path }: Opened,
  options: LoadOptions,
): Promise<FileLayer | LoadResult> {
  const evaluation = await evaluateConfig(path, options)
  if (evaluation.result !== 'value') return notEvaluated(file, path, evaluation)
  const { value, wrong } = evaluation
  return { file, path, value, wrong, locate: (wanted, at) => locateInSource(text, wanted, at) }
}

function judge(file: string, layers: readonly FileLayer[]): LoadResult {
  const [own] = layers
  const merged = mergeLayers(layers)
  const place = (path: ConfigPath, at: 'key' | 'value'): Place & { readonly file: string } => {
    const origin = merged.originOf(path)
    const layer = layers.find((one) => one.file === origin.file) ?? own
    return { file: origin.file, ...(layer?.locate(origin.path, at) ?? { line: 1, column: 1 }) }
  }
  const reading = readConfig(merged.value, dirname(own?.path ?? file))
  const wrong = layers.flatMap((layer) => layer.wrong.map((one) => ({ ...one, layer })))
  if (reading.ok && wrong.length === 0) {
    const notes = reading.notes.map((note) => ({ ...note, ...place(note.path, 'value') }))
    const under = layers.slice(1).map((layer) => layer.file)
    return { ok: true, config: reading.config, notes, under }
  }
  const wrongKinds = wrong.map(
    ({ path, message, layer }): ConfigMistake => ({
      code: 'config/not-plain',
      path,
      message,
      at: 'value',
      suggestion: null,
      file: layer.file,
      ...layer.locate(path, 'value'),
    }),
  )
  const covered = new Set(wrongKinds.map((problem) => JSON.stringify(problem.path)))
  const others = (reading.ok ? [] : reading.problems)
    .filter((problem) => !covered.has(JSON.stringify(problem.path)))
    .map((problem): ConfigMistake => ({ ...problem, ...place(problem.path, problem.at) }))
  const mistakes = [...wrongKinds, ...others]
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
