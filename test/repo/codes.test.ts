// Codes are stable and public: what the source can say is what docs/reference/errors.md explains, no more and no less.
import { expect, test } from 'vitest'
import { files, textOf } from './parts.ts'

/** Written like codes, and none. */
const MIME = /^(application|text)\//
/** Stores name the rest of their codes at the place that fails. */
const STORES = ['event-log', 'tick-store'] as const

function sources(): readonly string[] {
  return files(/^src\/.*\.tsx?$/).filter(
    (file) => !/\.(test|contract)\.|\/testing\/|^src\/extend\//.test(file),
  )
}

function codesIn(file: string): readonly string[] {
  const code = textOf(file)
    .replace(/(^|\s)\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .split('\n')
    .filter((line) => !/(from|import)\s*\(?\s*'/.test(line))
    .join('\n')
  const whole = [...code.matchAll(/'([a-z][a-z-]*\/[a-z0-9-]+)'/g)].map(([, found]) => found ?? '')
  const store = STORES.find((name) => file.startsWith(`src/adapters/${name}/`))
  const parts = store
    ? [...code.matchAll(/[fF]ailure\(\s*'([a-z-]+)'/g)].map(([, what]) => `${store}/${what}`)
    : []
  return [...whole, ...parts].filter((found) => !MIME.test(found))
}

function explained(): readonly string[] {
  return [...textOf('docs/reference/errors.md').matchAll(/^\| `([a-z-]+\/[a-z0-9-]+)` \|/gm)].map(
    ([, code]) => code ?? '',
  )
}

test('every code in the source is explained', () => {
  const known = new Set(explained())
  const missing = sources().flatMap((file) =>
    codesIn(file).flatMap((code) => (known.has(code) ? [] : [`${code} (${file})`])),
  )
  expect([...new Set(missing)].sort()).toEqual([])
})

test('every code that is explained is in the source, and explained once', () => {
  const said = new Set(sources().flatMap(codesIn))
  expect(explained().filter((code) => !said.has(code))).toEqual([])
  expect(explained().filter((code, index, all) => all.indexOf(code) !== index)).toEqual([])
})

test('every explanation has its words', () => {
  const rows = textOf('docs/reference/errors.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  expect(rows.length).toBeGreaterThan(150)
  expect(
    rows.filter((row) =>
      row
        .split('|')
        .slice(1, -1)
        .some((cell) => cell.trim() === ''),
    ),
  ).toEqual([])
})
