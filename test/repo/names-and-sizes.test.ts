import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { files, ROOT, textOf } from './parts.ts'

const CODE = /^(src|web|simulation|bench|scripts|test)\/.*\.(ts|tsx|mjs|cjs)$/
const BANNED = /(^|[-.])(utils?|helpers?|common|misc|manager|impl)([-.]|$)/
const LINES_MAX = 500
/** A profile or a picture of the heap that came along by mistake stays in the history for ever. */
const BYTES_MAX = 1024 * 1024

test('no file hides behind a name that says nothing', () => {
  expect(files(CODE).filter((file) => BANNED.test(basename(file)))).toEqual([])
})

test('files are named in kebab-case', () => {
  const wrong = files(CODE).filter((file) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(basename(file)))
  expect(wrong).toEqual([])
})

test('no file is longer than 500 lines', () => {
  const long = files(CODE)
    .filter((file) => !file.includes('.generated.'))
    .map((file) => [file, textOf(file).split('\n').length] as const)
  expect(long.filter(([, lines]) => lines > LINES_MAX)).toEqual([])
})

test('no file is larger than a megabyte', () => {
  const sizes = files(/./).map((file) => [file, statSync(join(ROOT, file)).size] as const)
  expect(sizes.filter(([, bytes]) => bytes > BYTES_MAX)).toEqual([])
})
