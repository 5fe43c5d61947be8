import { expect, test } from 'vitest'
import { files, importsOf, textOf } from './parts.ts'

type Row = { readonly folder: string; readonly allowed: readonly string[] }

/** The table of ARCHITECTURE.md is the rule; there is no second copy of it. */
function table(): readonly Row[] {
  return textOf('ARCHITECTURE.md')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      const folder = /^`((?:src\/)?[a-z]+)`$/.exec(cells[1] ?? '')?.[1]
      if (folder === undefined || cells.length !== 5) return []
      return [{ folder, allowed: [...(cells[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '') }]
    })
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

test('the table names every folder under src', () => {
  const named = table().map(({ folder }) => folder)
  const there = new Set(files(/^src\//).map((file) => file.split('/').slice(0, 2).join('/')))
  expect([...there].filter((folder) => !named.includes(folder))).toEqual([])
})

test('a folder imports only what the table allows it', () => {
  const wrong: string[] = []
  for (const { folder, allowed } of table())
    for (const file of files(/\.(ts|tsx)$/).filter((candidate) => isWithin(candidate, folder)))
      for (const target of importsOf(file)) {
        if (isWithin(target, folder) && folder !== 'src/adapters') continue
        if (isTestFile(file) && ['src', 'test', 'examples', 'scripts'].some((part) => isWithin(target, part)))
          continue
        if (folder === 'src/adapters' && isSameAdapterPort(file, target)) continue
        if (!allowed.some((path) => isWithin(target, path))) wrong.push(`${file} must not import ${target}`)
      }
  expect(wrong).toEqual([])
})

/** Adapters of one port may share files of their port's folder; no adapter imports one of another port. */
function isSameAdapterPort(file: string, target: string): boolean {
  return file.split('/').slice(0, 3).join('/') === target.split('/').slice(0, 3).join('/')
}

function isTestFile(file: string): boolean {
  return /\.(test|contract)\.tsx?$/.test(file) || file.includes('/testing/')
}
