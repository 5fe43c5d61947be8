import { readdirSync, writeFileSync, mkdirSync, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { realClock } from '../../../../test/kit/real-clock.ts'
import { scratchFolder } from '../../../../test/kit/scratch-repository.ts'
import type { CheckDefinition } from '../../../domain/pipeline/definition.ts'
import type { Checker, CheckRequest } from '../../../ports/checker.ts'
import { createFolderArtifactStore } from '../../artifact-store/folder/folder-artifact-store.ts'
import { createLocalRunner } from '../../command-runner/local/local-runner.ts'
import { createScriptedChecker } from '../scripted/scripted-checker.ts'
import { createLocalChecker } from './local-checker.ts'

let scratch: string
let checker: Checker
let artifact: string
const servers: Server[] = []

beforeEach(async () => {
  scratch = scratchFolder('checker')
  mkdirSync(join(scratch, 'built'))
  writeFileSync(join(scratch, 'built/words.txt'), 'as built')
  const artifacts = createFolderArtifactStore({ dir: join(scratch, 'artifacts'), clock: realClock })
  artifact = (await artifacts.put(join(scratch, 'built'))).digest
  checker = createLocalChecker({
    dir: join(scratch, 'checks'),
    clock: realClock,
    artifacts,
    runner: createLocalRunner({ clock: realClock, caller: { PATH: process.env['PATH'] }, graceMs: 200 }),
  })
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await rm(scratch, { recursive: true, force: true })
})

function requestOf(check: CheckDefinition, more: Partial<CheckRequest> = {}): CheckRequest {
  return {
    environment: { service: 'shop', stage: 'staging' },
    release: 7,
    sha: 'abc',
    baseSha: null,
    artifact,
    check,
    url: 'http://127.0.0.1:1',
    env: {},
    signal: new AbortController().signal,
    ...more,
  }
}
const byCommand = (command: string, limitMs = 20_000): CheckDefinition => ({
  check: 'smoke',
  when: 'entry',
  limitMs,
  kind: 'command',
  command,
})
const byRequest = (
  path: string,
  more: { status?: number; contains?: string; limitMs?: number } = {},
): CheckDefinition => ({
  check: 'answers',
  when: 'steps',
  limitMs: more.limitMs ?? 20_000,
  kind: 'http',
  path,
  status: more.status ?? 200,
  contains: more.contains ?? null,
})

describe('a command check', () => {
  test('knows the release, and runs in a copy of the artifact that is gone afterwards', async () => {
    const command =
      'cat words.txt; echo; echo "$SLUICE_URL $SLUICE_RELEASE $SLUICE_STAGE $SLUICE_SHA $SLUICE_BASE_SHA $MORE"; echo x > words.txt'
    const request = requestOf(byCommand(command), { env: { MORE: 'more' }, baseSha: 'def' })
    for (let time = 0; time < 2; time++) {
      const { passed, output } = await checker.run(request)
      expect({ passed, output }).toEqual({
        passed: true,
        output: 'as built\nhttp://127.0.0.1:1 7 staging abc def more\n',
      })
    }
    expect(readdirSync(join(scratch, 'checks'))).toEqual([])
  })

  test('fails by its code, and says so', async () => {
    const found = await checker.run(requestOf(byCommand('echo no good >&2; exit 4')))
    expect(found).toEqual({ passed: false, message: 'smoke ended with code 4.', output: 'no good\n' })
  })

  test('that does not end in time has failed', async () => {
    const found = await checker.run(requestOf(byCommand('echo began; sleep 60', 200)))
    expect(found).toMatchObject({
      passed: false,
      message: expect.stringContaining('did not end'),
      output: 'began\n',
    })
  })

  test('keeps the beginning and the end of a flood of output', async () => {
    const found = await checker.run(
      requestOf(byCommand('echo first; head -c 50000000 /dev/zero | tr "\\0" x; echo; echo last')),
    )
    expect(found.output.length).toBeLessThan(300_000)
    expect(found.output.startsWith('first\n')).toBe(true)
    expect(found.output).toMatch(/bytes were not kept/)
    expect(found.output.endsWith('last\n')).toBe(true)
  })

  test('that is called off is no result', async () => {
    const request = requestOf(byCommand('sleep 60'), { signal: AbortSignal.timeout(100) })
    await expect(checker.run(request)).rejects.toMatchObject({ code: 'check/stopped', again: 'retry' })
  })

  test('of an artifact that is gone is our trouble', async () => {
    const request = requestOf(byCommand('true'), { artifact: `sha256-${'0'.repeat(64)}` })
    await expect(checker.run(request)).rejects.toMatchObject({ code: 'artifact/unknown' })
  })

  test('clears away what checks left behind that died with the server', async () => {
    mkdirSync(join(scratch, 'checks/old/artifact'), { recursive: true })
    await checker.run(requestOf(byCommand('true')))
    expect(existsSync(join(scratch, 'checks/old'))).toBe(false)
  })
})

describe('a request check', () => {
  const seen: string[] = []
  async function serve(port = 0): Promise<string> {
    const server = createServer((request, response) => {
      seen.push(request.url ?? '')
      if (request.url === '/moved') response.writeHead(302, { location: '/fine' }).end()
      else if (request.url === '/broken') response.writeHead(500).end('oh')
      else if (request.url === '/hangs') return
      else if (request.url === '/endless') response.write('x'.repeat(1_000_000))
      else response.end('all is well')
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test.each([
    ['the status and the text are there', byRequest('/fine', { contains: 'well' }), true],
    ['the path has no slash', byRequest('fine'), true],
    ['the path starts with two', byRequest('//elsewhere.example/'), true],
    ['the text is not there', byRequest('/fine', { contains: 'ill' }), false],
    ['the status is another', byRequest('/broken'), false],
    ['that status is the one expected', byRequest('/broken', { status: 500 }), true],
    ['a redirect is not followed', byRequest('/moved'), false],
    ['a redirect is expected', byRequest('/moved', { status: 302 }), true],
    ['it never answers', byRequest('/hangs', { limitMs: 300 }), false],
    ['its answer never ends, but is long enough', byRequest('/endless'), true],
  ])('when %s', async (_, check, passed) => {
    seen.length = 0
    const found = await checker.run(requestOf(check, { url: `${await serve()}/` }))
    expect(found.passed, found.message).toBe(passed)
    if (check.kind === 'http' && check.path === '/moved') expect(seen).toEqual(['/moved'])
  })

  test('waits for a port that opens late', async () => {
    const free = createSocketServer()
    const port = await new Promise<number>((resolve) =>
      free.listen(0, '127.0.0.1', () => resolve((free.address() as AddressInfo).port)),
    )
    await new Promise((resolve) => free.close(resolve))
    let isRefused: () => void = () => {}
    const refused = new Promise<void>((resolve) => (isRefused = resolve))
    const late = createLocalChecker({
      dir: join(scratch, 'late'),
      // The first pause is where the first try has failed.
      clock: {
        ...realClock,
        sleep: (ms, signal) => {
          if (ms < 1_000) isRefused()
          return realClock.sleep(ms, signal)
        },
      },
      artifacts: createFolderArtifactStore({ dir: join(scratch, 'artifacts'), clock: realClock }),
      runner: createLocalRunner({ clock: realClock, caller: {} }),
    })
    const running = late.run(requestOf(byRequest('/fine'), { url: `http://127.0.0.1:${port}` }))
    await refused
    await serve(port)
    expect(await running).toMatchObject({ passed: true })
  })

  test('that nobody answers fails at its limit, and says why', async () => {
    const found = await checker.run(requestOf(byRequest('/', { limitMs: 200 })))
    expect(found).toMatchObject({
      passed: false,
      message: expect.stringMatching(/did not answer within 0.2 s \(.+\)/),
    })
  })

  test('that is called off is no result', async () => {
    const request = requestOf(byRequest('/hangs'), { url: await serve(), signal: AbortSignal.timeout(100) })
    await expect(checker.run(request)).rejects.toMatchObject({ code: 'check/stopped', again: 'retry' })
  })
})

describe('a scripted check', () => {
  test('answers as the script says for each attempt, and fails at its limit', async () => {
    const slept: number[] = []
    const clock = { now: () => 0, monotonicMs: () => 0, sleep: async (ms: number) => void slept.push(ms) }
    const scripted = createScriptedChecker({
      clock,
      script: (_, attempt) => ({ takesMs: attempt === 3 ? 99_000 : 5, passed: attempt === 2 }),
    })
    const request = requestOf(byCommand('true'))
    const found = []
    for (let time = 0; time < 3; time++) found.push((await scripted.run(request)).passed)
    expect(found).toEqual([false, true, false])
    expect(slept).toEqual([5, 5, 20_000])
  })
})
