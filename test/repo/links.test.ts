import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { files, ROOT, textOf } from './parts.ts'

test('every link and named file in the documents leads somewhere', () => {
  const broken: string[] = []
  for (const file of files(/\.md$/))
    for (const [, target] of textOf(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue
      if (!existsSync(join(ROOT, dirname(file), target))) broken.push(`${file}: ${target}`)
    }
  expect(broken).toEqual([])
})

test('paths that ARCHITECTURE.md names are there', () => {
  const named = [...textOf('ARCHITECTURE.md').matchAll(/`((?:src|test|docs|simulation)\/[^`]*)`/g)].map(
    ([, path]) => path ?? '',
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})
