import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateLogs } from './rotate-logs.ts'

const LIMITS = { bytesMax: 1_000, kept: 2 }
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

test('a log that has grown is put aside, and one that has not is left alone', () => {
  write('server.log', 'x'.repeat(1_001))
  write('router-1.log', 'y'.repeat(1_000))
  rotateLogs(folder, LIMITS)
  expect(readdirSync(folder).sort()).toEqual(['router-1.log', 'server.log', 'server.log.1'])
  expect([read('server.log'), read('server.log.1')]).toEqual(['', 'x'.repeat(1_001).slice(-1_000)])
})

test('however much is said, no more is kept than the limit times the pieces', () => {
  for (const letter of ['a', 'b', 'c', 'd']) {
    write('server.log', letter.repeat(50_000))
    rotateLogs(folder, LIMITS)
  }
  expect(readdirSync(folder).sort()).toEqual(['server.log', 'server.log.1', 'server.log.2'])
  expect([read('server.log.1'), read('server.log.2')]).toEqual(['d'.repeat(1_000), 'c'.repeat(1_000)])
})

test('the access log of the routers is theirs to put aside', () => {
  write('access.log', 'x'.repeat(5_000))
  rotateLogs(folder, LIMITS)
  expect(readdirSync(folder)).toEqual(['access.log'])
})

test('a program that holds its log open writes on from the beginning of the emptied file', async () => {
  const log = openSync(join(folder, 'server.log'), 'a', 0o600)
  const script = `process.stdout.write('o'.repeat(2000)); process.stdin.once('data', () => { console.log('after'); process.exit() })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', log, log] })
  closeSync(log)
  try {
    await expect.poll(() => statSync(join(folder, 'server.log')).size, { timeout: 20_000 }).toBe(2_000)
    rotateLogs(folder, LIMITS)
    const ended = once(child, 'exit')
    child.stdin?.end('go')
    await ended
    expect(read('server.log')).toBe('after\n')
    expect(read('server.log.1')).toBe('o'.repeat(1_000))
  } finally {
    child.kill('SIGKILL')
  }
})

test('a log that cannot be put aside is said, and stays as it is', () => {
  write('server.log', 'x'.repeat(2_000))
  // Something else stands where the piece is to go.
  mkdirSync(join(folder, 'server.log.part'))
  expect(() => rotateLogs(folder, LIMITS)).toThrow('EISDIR')
  expect(read('server.log')).toHaveLength(2_000)
})
