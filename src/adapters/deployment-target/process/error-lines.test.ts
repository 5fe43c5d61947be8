import { expect, test } from 'vitest'
import { isErrorLine } from './error-lines.ts'

test.each([
  'ERROR could not open the file',
  '2026-11-21 12:00:00 [main] FATAL: no memory',
  '{"level":50,"msg":"pino"}',
  '{"time":1,"level":60}',
  '{"ts":"x","level":"error","msg":"zap"}',
  '{"severity": "CRITICAL"}',
  'time=12:00 level=error msg="logfmt"',
  'lvl="fatal" msg=x',
])('is an error line: %s', (line) => {
  expect(isErrorLine(line)).toBe(true)
})

test.each([
  'INFO all well',
  'error is a word here, not a level',
  '{"level":30,"msg":"ERROR in the text only"}',
  '{"level":"warn"}',
  'level=info msg="the last ERROR was long ago"',
  'NOERROR and ERRORS are other words',
  `${'x'.repeat(200)} ERROR far behind the head`,
  '',
])('is no error line: %s', (line) => {
  expect(isErrorLine(line)).toBe(false)
})
