import { expect, test } from 'vitest'
import { type BuildLog, appendToLog } from './build-log.ts'

const empty: BuildLog = { text: '', isCut: false, failure: null }

test('colours of the terminal are left out', () => {
  expect(appendToLog(empty, '\u001b[32m✓\u001b[39m built\r\n').text).toBe('✓ built\n')
})

test('a log that grows too long loses whole lines from its beginning', () => {
  const line = `${'x'.repeat(99)}\n`
  const log = appendToLog(empty, line.repeat(3000))
  expect(log.isCut).toBe(true)
  expect(log.text.length).toBeLessThanOrEqual(200_000)
  expect(log.text.length % line.length).toBe(0)
})

test('text that came clears an earlier failure', () => {
  expect(appendToLog({ ...empty, failure: 'no answer' }, 'more').failure).toBeNull()
})
