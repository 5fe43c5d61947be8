// What drives something outside says what it needs and where its traps are; stand-ins for tests say it in their file.
import { expect, test } from 'vitest'
import { files, textOf } from './parts.ts'

const STAND_INS = new Set(['memory', 'scripted', 'manual', 'recorded'])

function folders(): readonly string[] {
  const adapters = files(/^src\/adapters\/[^/]+\/[^/]+\/[^/]+\.ts$/).map((file) =>
    file.split('/').slice(0, 4).join('/'),
  )
  return [...new Set(adapters)].filter((folder) => !STAND_INS.has(folder.split('/')[3] ?? ''))
}

test('every adapter has a README with a title and a text', () => {
  const found = folders()
  expect(found.length).toBeGreaterThan(10)
  const readmes = new Set(files(/^src\/adapters\/.*README\.md$/))
  expect(found.filter((folder) => !readmes.has(`${folder}/README.md`))).toEqual([])
  for (const readme of readmes) expect(textOf(readme), readme).toMatch(/^# \S.+\n\n\S/)
})
