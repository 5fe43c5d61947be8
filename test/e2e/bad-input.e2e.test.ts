// Services, repositories and pushes as they should not be: each is told clearly and harms nothing else. What keeps the
// program itself from starting is in `bad-start.e2e.test.ts`.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ReleaseRow, ServiceView } from '../../src/api/board.ts'
import { type ScratchRepository, scratchFolder, scratchRepository } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { askRouter } from './parts/ask-router.ts'
import { type BadName, badRepository } from './parts/bad-services.ts'
import { type CliAnswer, type Installation, installation } from './parts/installation.ts'
import { instances, strays } from './parts/processes.ts'

const PIPELINE = `[{ stage: 'production', instances: 1, drain: '1s', watch: '0s',
  rollout: [{ step: 'all-at-once', soak: '0s' }] }]`
const SLOW_MS = 180_000

const text = ({ stdout, stderr }: CliAnswer): string => `${stdout}${stderr}`

async function viewOf(installed: Installation, service: string): Promise<ServiceView | undefined> {
  return (await installed.board()).services.find((each) => each.service === service)
}

test(
  'a disk that is full from the first moment is told as such, and nothing is left running',
  async ({ skip }) => {
    const folder = scratchFolder('disk')
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const trouble = mountSmallDisk(folder, 3)
    if (trouble !== undefined) {
      expect(process.env['CI'] === 'true' && process.getuid?.() === 0, trouble).toBe(false)
      skip(trouble)
    }
    try {
      execFileSync('sh', ['-c', `head -c 10000000 /dev/zero > ${folder}/ballast 2>/dev/null || true`])
      const installed = await installation({ state: join(folder, 'state') })
      const answer = await installed.cli(tmpdir(), 'up')
      expect(answer.code).toBe(1)
      expect(text(answer)).toMatch(/full|no space/i)
      await until('nothing of it runs', () => strays(folder).length === 0)
    } finally {
      execFileSync('umount', [folder])
    }
  },
  SLOW_MS,
)

describe('services that misbehave harm nobody else', () => {
  let installed: Installation
  let repository: ReturnType<typeof badRepository>
  let others: ScratchRepository[] = []

  beforeAll(async () => {
    installed = await installation()
    repository = badRepository(installed)
    repository.change()
    const answer = await installed.up(repository.folder)
    expect(answer.code, text(answer)).toBe(0)
  }, SLOW_MS)
  afterAll(async () => {
    await installed.remove()
    repository.remove()
    for (const other of others) other.remove()
    others = []
  }, SLOW_MS)

  const release = async (service: BadName, number: number): Promise<ReleaseRow | undefined> =>
    (await viewOf(installed, service))?.releases.find((each) => each.release === number)
  const served = (service: BadName, body: string): Promise<unknown> =>
    until(
      `${service} serves ${body}`,
      async () => (await askRouter(installed.routerPort, `${service}.localhost`)).body === body,
      SLOW_MS / 2,
    )
  const failed = (service: BadName): Promise<ReleaseRow> =>
    until(
      `the build of ${service} fails`,
      async () => {
        const row = await release(service, 1)
        return row?.build.state === 'failed' && row
      },
      SLOW_MS,
    )

  test('a token that is none is refused with words', async () => {
    const answer = await fetch(`http://127.0.0.1:${installed.apiPort}/api/board`, {
      headers: { authorization: 'Bearer sluice_nonsense' },
    })
    expect(answer.status).toBe(401)
    expect(((await answer.json()) as { text: string }).text).toMatch(/token/)
  })

  test(
    'a build that fails says so with its exit code, and its log is kept',
    async () => {
      expect((await failed('build-fails')).build.message).toMatch(/3/)
      const log = await fetch(
        `http://127.0.0.1:${installed.apiPort}/api/services/build-fails/releases/1/log`,
      ).then((answer) => answer.text())
      expect(log).toContain('it cannot be built')
    },
    SLOW_MS,
  )

  test(
    'a build that hangs is ended at its limit',
    async () => {
      expect((await failed('build-hangs')).build.message).toMatch(/2 ?s|limit|2000/)
    },
    SLOW_MS,
  )

  test(
    'a build that prints without end keeps a log of bounded size and succeeds',
    async () => {
      await until(
        'it is built',
        async () => (await release('build-is-loud', 1))?.build.state === 'done',
        SLOW_MS,
      )
      const kept = execFileSync('du', ['-sb', join(installed.state, 'builds')]).toString()
      expect(Number(kept.split('\t')[0])).toBeLessThan(200_000_000)
    },
    2 * SLOW_MS,
  )

  test.each(['never-well', 'crashes'] as const)(
    'an instance that is %s is never given customers, and the board says why',
    async (service) => {
      const why = await until(
        'the board says why',
        async () => {
          const stage = (await viewOf(installed, service))?.stages[0]
          const words = JSON.stringify([stage?.rollout?.why, stage?.waiting, await release(service, 1)])
          return (
            stage?.live === null &&
            stage.rollout === null &&
            /health|ends by itself|failed/.test(words) &&
            words
          )
        },
        SLOW_MS,
      )
      expect(why).toMatch(/never answered|ends by itself|failed/)
      expect((await askRouter(installed.routerPort, `${service}.localhost`)).status).not.toBe(200)
    },
    SLOW_MS,
  )

  test('an instance that opens its port late is waited for', () => served('late', 'v1'), SLOW_MS)

  test(
    'instances that fork, ignore SIGTERM or write into their folder are served, and replaced without a trace',
    async () => {
      const services = ['forks', 'ignores-term', 'writes-in-its-folder'] as const
      for (const service of services) await served(service, 'v1')
      // The one before the newest is kept warm, as the way back; the first of three must be gone.
      for (const version of ['v2', 'v3']) {
        repository.change()
        for (const service of services) await served(service, version)
      }
      await until('nothing of the first instances is left', () =>
        instances(installed.state).every(({ release: number }) => number !== 1),
      )
    },
    2 * SLOW_MS,
  )

  test(
    'a repository without commits is waited for, and its first commit goes out',
    async () => {
      const empty = scratchRepository()
      others.push(empty)
      writeFileSync(join(empty.folder, 'sluice.config.ts'), configOf('empty', installed))
      expect(await join_(empty.folder)).toEqual({ services: ['empty'], problems: [] })
      await until('it is on the board', () => viewOf(installed, 'empty'))
      expect((await viewOf(installed, 'empty'))?.releases).toEqual([])
      empty.commit('the first', { 'hello.mjs': HELLO })
      await until(
        'it is served',
        async () => (await askRouter(installed.routerPort, 'empty.localhost')).body === 'hello',
        SLOW_MS,
      )
    },
    SLOW_MS,
  )

  test(
    'a message that is no UTF-8, and a push of 100 MB, go through',
    async () => {
      const odd = scratchRepository()
      others.push(odd)
      writeFileSync(join(odd.folder, 'sluice.config.ts'), configOf('odd', installed))
      odd.commit('the first', { 'hello.mjs': HELLO })
      await join_(odd.folder)
      mkdirSync(join(odd.folder, 'large'))
      for (let part = 0; part < 10; part += 1)
        writeFileSync(join(odd.folder, 'large', `${part}`), randomBytes(10_000_000))
      odd.git('add', '--all')
      odd.gitWith(
        {},
        Buffer.from('Gr\xf6\xdfer \xff\xfe\n', 'latin1'),
        'commit',
        '--quiet',
        '--file=-',
        '--cleanup=verbatim',
      )
      const row = await until(
        'the second release is live',
        async () => {
          const live = (await viewOf(installed, 'odd'))?.stages[0]?.live
          return live?.release === 2 && live
        },
        SLOW_MS,
      )
      expect(row.subject).toMatch(/^Gr.+er/)
      expect((await askRouter(installed.routerPort, 'odd.localhost')).body).toBe('hello')
    },
    2 * SLOW_MS,
  )

  test(
    'after all this the program stops with everything it started',
    async () => {
      const answer = await installed.cli(repository.folder, 'down', '--everything', '--yes')
      expect(answer.code, text(answer)).toBe(0)
      expect(strays(installed.state)).toEqual([])
    },
    SLOW_MS,
  )

  async function join_(folder: string): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${installed.apiPort}/api/repositories`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ folder }),
    })
    return answer.json()
  }
})

const HELLO = `
import { createServer } from 'node:http'
createServer((request, response) => response.end('hello')).listen(Number(process.env.PORT), '127.0.0.1')
`

function configOf(service: string, { apiPort, routerPort }: Installation): string {
  return `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: { ${service}: {
    source: { git: '.', branch: 'main', poll: '1s' },
    run: { command: 'exec node hello.mjs', health: '/', term: '1s' },
    pipeline: ${PIPELINE},
  } },
}
`
}

/** Undefined when it is there; else why not. */
function mountSmallDisk(folder: string, mebibytes: number): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `a small disk cannot be mounted here, so that a full one is not tried: ${String(error)}`
  }
}
