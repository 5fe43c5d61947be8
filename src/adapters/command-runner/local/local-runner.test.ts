import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { endMarked, marked, sleepMarker } from '../../../../test/kit/marked-processes.ts'
import { realClock } from '../../../../test/kit/real-clock.ts'
import { scratchFolder } from '../../../../test/kit/scratch-repository.ts'
import { until } from '../../../../test/kit/until.ts'
import type { CommandRun } from '../../../ports/command-runner.ts'
import { pathWithoutOurs } from './clean-environment.ts'
import { createLocalRunner } from './local-runner.ts'

describe('local runner', () => {
  let scratch: string
  beforeEach(() => {
    scratch = scratchFolder('runner')
  })
  afterEach(() => rmSync(scratch, { recursive: true, force: true }))

  const runner = createLocalRunner({
    clock: realClock,
    caller: { PATH: process.env['PATH'], NODE_OPTIONS: '--inspect', TOKEN: 'secret', TZ: 'Asia/Tokyo' },
    graceMs: 200,
  })
  async function run(command: string, more: Partial<CommandRun> = {}) {
    let output = ''
    const end = await runner.run({
      command,
      cwd: scratch,
      room: join(scratch, 'room'),
      env: {},
      limitMs: 30_000,
      signal: new AbortController().signal,
      onOutput: (bytes) => void (output += Buffer.from(bytes).toString()),
      ...more,
    })
    return { end, output }
  }
  const markers: string[] = []
  /** A marker whose processes do not outlive the test, even when it fails. */
  const marker = () => {
    const made = sleepMarker()
    markers.push(made)
    return made
  }
  afterEach(() => {
    for (const made of markers.splice(0)) endMarked(made)
  })

  test('a command ends with its code, its signal, or our reason', async () => {
    expect((await run('exit 0')).end).toEqual({ ended: 'code', code: 0 })
    expect((await run('exit 7')).end).toEqual({ ended: 'code', code: 7 })
    expect((await run('kill -SEGV $$')).end).toEqual({ ended: 'signal', signal: 'SIGSEGV' })
    expect((await run('sleep 60', { limitMs: 50 })).end).toEqual({ ended: 'limit' })
    expect((await run('sleep 60', { signal: AbortSignal.timeout(50) })).end).toEqual({ ended: 'stopped' })
    expect((await run('sleep 60', { signal: AbortSignal.abort() })).end).toEqual({ ended: 'stopped' })
  })

  test('the environment is PATH, HOME, TMPDIR, LANG, TZ and what was declared', async () => {
    const { output } = await run('env', { env: { DECLARED: 'yes', TMPDIR: '/elsewhere' } })
    const names = output
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
      .filter((name) => !/^(_|PWD|OLDPWD|SHLVL)$/.test(name!))
    expect(new Set(names)).toEqual(new Set(['DECLARED', 'HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ']))
    expect(output).toContain(`HOME=${join(scratch, 'room/home')}\n`)
    expect(output).toContain(`TMPDIR=${join(scratch, 'room/tmp')}\n`)
    expect(output).toContain('TZ=Asia/Tokyo\n')
  })

  test('nobody waits at its input, and a line number in an error is the line of the command', async () => {
    expect((await run('cat; echo done')).output).toBe('done\n')
    expect((await run('true\nno-such-program')).output).toMatch(/(sh|1|2): .*no-such-program/)
  })

  test('output and errors come in the order they were written', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `echo ${index} >&${1 + (index % 2)}`).join('; ')
    expect((await run(lines)).output.trim().split('\n').map(Number)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    )
  })

  test('all of a large output comes, at the pace of whoever takes it', async () => {
    let size = 0
    const { end } = await run('head -c 20000000 /dev/zero', {
      onOutput: async (bytes) => {
        await new Promise((resolve) => setImmediate(resolve))
        size += bytes.length
      },
    })
    expect(end).toEqual({ ended: 'code', code: 0 })
    expect(size).toBe(20_000_000)
  })

  test('output that cannot be kept ends the command and is told', async () => {
    const failing = run('yes', { onOutput: () => Promise.reject(new Error('no space')) })
    await expect(failing).rejects.toMatchObject({ code: 'command/output-lost', again: 'retry' })
  })

  test('what cannot be started is a failure of ours', async () => {
    const failing = run('true', { cwd: join(scratch, 'nowhere') })
    await expect(failing).rejects.toMatchObject({ code: 'command/cannot-start' })
  })

  test('nobody is left: not in the background, not in a session of its own, not one that ignores being asked', async () => {
    const mark = marker()
    const stubborn = `sh -c 'trap "" TERM; sleep ${mark}; sleep ${mark}'`
    const { end } = await run(
      `(setsid ${stubborn} >/dev/null 2>&1 &); ${stubborn} & sleep ${mark} & sleep 0.1`,
    )
    expect(end).toEqual({ ended: 'code', code: 0 })
    expect(marked(mark)).toEqual([])
  })

  test('a child that keeps the output open does not hold up the end', async () => {
    const mark = marker()
    const { end, output } = await run(`sleep ${mark} & echo out`)
    expect({ end, output }).toEqual({ end: { ended: 'code', code: 0 }, output: 'out\n' })
    expect(marked(mark)).toEqual([])
  })

  test('a sweep ends one room and no other', async () => {
    const over = new AbortController()
    const [first, second] = [marker(), marker()]
    const one = run(`sleep ${first}`, { room: join(scratch, 'one'), signal: over.signal })
    const two = run(`sleep ${second}`, { room: join(scratch, 'one-more'), signal: over.signal })
    try {
      await until('both', () => marked(first).length > 0 && marked(second).length > 0)
      await runner.sweep(join(scratch, 'one'))
      expect(marked(first)).toEqual([])
      expect(marked(second).length).toBeGreaterThan(0)
    } finally {
      over.abort()
      await Promise.all([one, two])
    }
  })

  test('the path is the caller’s, without the program folders beside us', () => {
    const installed = join(scratch, 'project/node_modules/sluice/src')
    mkdirSync(installed, { recursive: true })
    mkdirSync(join(scratch, 'project/node_modules/.bin'), { recursive: true })
    mkdirSync(join(scratch, 'tools/node_modules/.bin'), { recursive: true })
    symlinkSync(join(scratch, 'project'), join(scratch, 'alias'))
    const tools = join(scratch, 'tools/node_modules/.bin')
    const path = [
      join(scratch, 'project/node_modules/.bin'),
      '/usr/bin',
      join(scratch, 'alias/node_modules/.bin'),
      tools,
      '/npm/node-gyp-bin',
      '',
    ].join(':')
    expect(pathWithoutOurs(path, installed)).toBe(`/usr/bin:${tools}`)
    expect(existsSync(installed)).toBe(true)
  })
})
