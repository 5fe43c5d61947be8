import { expect, test } from 'vitest'
import { files, textOf } from './parts.ts'

const IMPURE =
  /\b(Math\.random|new Date\b|Date\.now|randomUUID|performance\.now|setTimeout|setInterval|process\.)/

test('time, ids and chance are handed in wherever rules are made or followed', () => {
  const pure = files(/^src\/(domain|coordinator|views)\/.*\.ts$/).filter(
    (file) => !file.endsWith('.test.ts') && !file.includes('/testing/'),
  )
  expect(pure.length).toBeGreaterThan(30)
  expect(pure.filter((file) => IMPURE.test(withoutComments(textOf(file))))).toEqual([])
})

test('the domain imports nothing from outside itself, and no package', () => {
  const wrong = files(/^src\/domain\/.*\.ts$/)
    .filter((file) => !file.endsWith('.test.ts') && !file.includes('/testing/'))
    .filter((file) => /from '(?!\.)/.test(textOf(file)))
  expect(wrong).toEqual([])
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}
