import { expect, test } from 'vitest'
import { PortFailure } from '../../../ports/port-failure.ts'
import { createPinoLog } from './pino-log.ts'

function written(level: 'debug' | 'info' | 'warn' | 'error' = 'debug') {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  return { lines, log: createPinoLog({ level, destination, base: { process: 'server' } }) }
}

test('a line is JSON with its level as a word, its sentence and its fields', () => {
  const { lines, log } = written()
  log.info({ release: 12, stage: 'production' }, 'a release went live')
  expect(lines).toMatchObject([
    { level: 'info', process: 'server', release: 12, stage: 'production', msg: 'a release went live' },
  ])
  expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT/)
})

test('an error keeps its code and what caused it', () => {
  const { lines, log } = written()
  const cause = new Error('EACCES')
  log.error(
    { error: new PortFailure('cannot write', { code: 'tokens/not-written', again: 'never', cause }) },
    'x',
  )
  expect(lines[0]?.['error']).toMatchObject({ code: 'tokens/not-written', cause: { message: 'EACCES' } })
  log.warn({ error: 'a plain word' }, 'y')
  expect(lines[1]).toMatchObject({ error: 'a plain word' })
})

test('what is named like a secret is not shown, two levels deep', () => {
  const { lines, log } = written()
  const hidden = 'hunter2-and-more'
  log.info(
    { token: hidden, headers: { authorization: hidden, cookie: hidden }, a: { b: { secret: hidden } } },
    'z',
  )
  expect(JSON.stringify(lines)).not.toContain(hidden)
})

test('lines below the level are not written', () => {
  const { lines, log } = written('warn')
  log.info({}, 'quiet')
  log.debug({}, 'quieter')
  log.warn({}, 'heard')
  expect(lines.map((line) => line['msg'])).toEqual(['heard'])
})
