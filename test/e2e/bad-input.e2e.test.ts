// What people and their repositories hand in by mistake, through the real program: every case has a clear sentence with
// what to do, where people look for it, and harms nothing else.
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../kit/until.ts'
import { type BadServices, badServices } from './parts/bad-services.ts'
import { live, onBoard, releaseOn, saidBy, serviceOn, stageOn } from './parts/board-looks.ts'
import { type Installation, installation } from './parts/installation.ts'
import { instances, peakMemoryBytes, programs, strays } from './parts/processes.ts'
import { type ShopRepository, shopRepository } from './parts/shop-repository.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 240_000
const PIPELINE = `[{ stage: 'production', rollout: 'all-at-once', watch: '0s' }]`

async function end(at: Installation, repository: { remove(): void }): Promise<void> {
  await at.remove()
  repository.remove()
  expect(strays(at.state)).toEqual([])
}

describe('services that are bad in their own ways, in one repository', { timeout: MS_MAX }, () => {
  let at: Installation
  let repository: BadServices

  beforeAll(async () => {
    at = await installation()
    repository = badServices(at)
    repository.change('v1')
    const up = await at.up(repository.folder)
    expect(up, saidBy(up)).toMatchObject({ code: 0 })
  }, MS_MAX)
  afterAll(() => end(at, repository), MS_MAX)

  const buildFailure = (service: string): Promise<string> =>
    onBoard(at, `the build of ${service} failed`, (board) => {
      const build = releaseOn(board, service, 1)?.build
      return build?.state === 'failed' && build.message
    })
  const page = async (service: string): Promise<string> =>
    (await visit(at.routerPort, `${service}.localhost`)).body.trim()

  test('the one that is well is served while the others fail', async () => {
    await live(at, 'well', 'production', 1)
    expect(await page('well')).toBe('v1')
  })

  test('a build that fails says how, with the end of its log, on the board and in "why"', async () => {
    const words = 'ended with code 3. The end of its log: compiling / main.c:7 expected a semicolon'
    expect(await buildFailure('breaks')).toContain(words)
    expect(saidBy(await at.cli(repository.folder, 'why', '1', '--service', 'breaks'))).toContain(words)
    expect(saidBy(await at.cli(repository.folder, 'status', '--service', 'breaks'))).toContain(
      'expected a semicolon',
    )
  })

  test('a build that hangs is stopped at its limit, and says what it did last', async () => {
    expect(await buildFailure('hangs')).toBe(
      'The build did not end within 2 s and was stopped. The end of its log: asking the registry',
    )
    await until('nothing of it runs', () => buildsRunning(at).length === 0)
  })

  test('a build that prints 200 MB succeeds, and its log is kept within its bounds', async () => {
    await live(at, 'floods', 'production', 1)
    const kept = await at.log('floods', 1)
    expect(kept).toMatch(/\d+ bytes were not kept/)
    expect(kept).toMatch(/the last line\n$/)
    const folder = join(at.state, 'builds')
    expect(bytesIn(folder)).toBeLessThan(20 * 1024 * 1024)
  })

  test('an instance that never gets well fails its rollout with the words of its health check', async () => {
    const why = await onBoard(at, 'the rollout failed', (board) => {
      const row = releaseOn(board, 'unwell', 1)
      const reasons = row?.standings[0]?.why.map(({ text }) => text).join('; ') ?? ''
      return stageOn(board, 'unwell', 'production')?.rollout === null && /healthz/.test(reasons) && reasons
    })
    expect(why).toMatch(/GET \/healthz answered 500/)
    expect(await page('unwell')).not.toContain('v1')
  })

  test('an instance that ends by itself fails its rollout with its exit code, and nobody is sent to it', async () => {
    const why = await onBoard(at, 'the rollout failed', (board) => {
      const reasons =
        releaseOn(board, 'crashes', 1)
          ?.standings[0]?.why.map(({ text }) => text)
          .join('; ') ?? ''
      return stageOn(board, 'crashes', 'production')?.rollout === null && /code 7/.test(reasons) && reasons
    })
    expect(why).toMatch(/no such thing/)
    await until('the page says that nothing is well there yet', async () => {
      const { status, body } = await visit(at.routerPort, 'crashes.localhost')
      return status === 503 && !body.includes('v1')
    })
  })

  test('an instance that opens its port late gets its traffic once it is well', async () => {
    await live(at, 'late', 'production', 1)
    expect(await page('late')).toBe('v1')
  })

  test('what writes into its own folder writes into no artifact; what ignores SIGTERM is replaced only when it is gone', async () => {
    for (const service of ['scribbles', 'stubborn', 'forks']) await live(at, service, 'production', 1)
    const [before] = instancesOf(at, 'scribbles')
    const [stubborn] = instancesOf(at, 'stubborn')
    repository.change('v2')
    let beside = 0
    await until(
      'the second of what may not run twice',
      () => {
        const now = instancesOf(at, 'stubborn')
        if (now.length > 1) beside++
        return now.some((pid) => pid !== stubborn)
      },
      60_000,
    )
    expect(beside).toBe(0)
    for (const service of ['scribbles', 'stubborn', 'forks']) await live(at, service, 'production', 2)
    for (const service of ['scribbles', 'stubborn', 'forks']) expect(await page(service)).toBe('v2')
    expect(instances(at.state).map(({ pid }) => pid)).not.toContain(stubborn)
    // The way back that is kept warm is #2; a rollback to #1 starts from what was built once more.
    repository.change('v3')
    for (const service of ['scribbles', 'forks']) await live(at, service, 'production', 3)
    const back = await at.cli(
      repository.folder,
      ...['rollback', 'scribbles/production', '--to', '1', '-r', 'a look back', '--yes'],
    )
    expect(back, saidBy(back)).toMatchObject({ code: 0 })
    await live(at, 'scribbles', 'production', 1)
    expect(await page('scribbles')).toBe('v1')
    expect(instancesOf(at, 'scribbles')).not.toContain(before)
    // What #1 and #2 of `forks` started, in sessions of their own too, went with them; what #3 started runs.
    await until('only those are left', () => forkedBy(at, 'forks').length === 3)
  })

  test('"down --everything" leaves nothing running, whatever it forked', async () => {
    const down = await at.cli(repository.folder, 'down', '--everything', '--yes')
    expect(down, saidBy(down)).toMatchObject({ code: 0 })
    expect(strays(at.state)).toEqual([])
  })
})

describe('a repository that begins empty', { timeout: MS_MAX }, () => {
  let at: Installation
  let shop: ShopRepository

  beforeAll(async () => {
    at = await installation()
    shop = shopRepository({ apiPort: at.apiPort, routerPort: at.routerPort, pipeline: PIPELINE })
    writeFileSync(join(shop.folder, 'sluice.config.ts'), shop.config)
    const up = await at.up(shop.folder)
    expect(up, saidBy(up)).toMatchObject({ code: 0 })
  }, MS_MAX)
  afterAll(() => end(at, shop), MS_MAX)

  const trouble = (code: string | null): Promise<string> =>
    onBoard(at, `the trouble is ${code}`, (board) => {
      const service = serviceOn(board, 'shop')
      return (
        service && (service.sourceTrouble?.code ?? null) === code && (service.sourceTrouble?.text ?? 'none')
      )
    })
  const status = async (): Promise<string> => saidBy(await at.cli(shop.folder, 'status')).replace(/\s+/g, ' ')

  test('the board and "status" say that there is no commit, and the first one is taken up', async () => {
    expect(await trouble('source/no-commits')).toContain('The first one on main becomes #1')
    expect(await status()).toContain('has no commits yet. The first one on main becomes #1')
    shop.change()
    await live(at, 'shop', 'production', 1)
    await trouble(null)
  })

  test('a commit message that is no UTF-8 is taken as it can be read', async () => {
    writeFileSync(join(shop.folder, 'version.txt'), 'v2\n')
    shop.git('add', '--all')
    const message = Buffer.concat([
      Buffer.from('caf'),
      Buffer.from([0xe9, 0xff, 0x80]),
      Buffer.from(' opens\n'),
    ])
    shop.gitWith({}, message, 'commit', '--quiet', '--cleanup=verbatim', '--file=-')
    await live(at, 'shop', 'production', 2)
    const board = await at.board()
    expect(releaseOn(board, 'shop', 2)?.subject).toMatch(/^caf.* opens$/)
    expect(await status()).toContain('production #2')
  })

  test('a push of 100 MB goes live, and the server never holds more than 300 MB for it', async () => {
    writeFileSync(join(shop.folder, 'film.bin'), Buffer.alloc(100 * 1024 * 1024, 'Sluice '))
    shop.commit('a film', { 'version.txt': 'v3\n' })
    await live(at, 'shop', 'production', 3)
    const [server] = programs('server', at.state)
    expect(peakMemoryBytes(server ?? 0)).toBeGreaterThan(0)
    expect(peakMemoryBytes(server ?? 0)).toBeLessThan(300 * 1024 * 1024)
    shop.git('rm', '--quiet', 'film.bin')
  })

  test('a branch that is gone is on the board with those that are there, and is followed again', async () => {
    shop.git('branch', '-m', 'main', 'trunk')
    expect(await trouble('source/no-branch')).toMatch(/has no branch main\. It has: trunk/)
    expect(await status()).toContain('has no branch main. It has: trunk')
    shop.git('branch', '-m', 'trunk', 'main')
    await trouble(null)
  })

  test('a config that breaks changes nothing and is told with file, line and the right word until it is mended', async () => {
    const file = join(shop.folder, 'sluice.config.ts')
    const good = readFileSync(file, 'utf8')
    const line = good.slice(0, good.indexOf('pipeline:')).split('\n').length
    const words = new RegExp(
      `sluice\\.config\\.ts:${line}:7: services\\.shop\\.pipelin is not a key here; did you mean \`pipeline\`\\?`,
    )
    writeFileSync(file, good.replace('pipeline:', 'pipelin:'))
    expect(await trouble('config/not-applied')).toMatch(words)
    expect(await status()).toMatch(words)
    const up = await at.cli(shop.folder, 'up')
    expect(saidBy(up)).toMatch(words)
    expect(up.code).toBe(1)
    // A server that starts anew knows only the log and the broken file.
    const [server] = programs('server', at.state)
    process.kill(server ?? 0, 'SIGKILL')
    await until('another server', () => !programs('server', at.state).includes(server ?? 0))
    expect(await trouble('config/not-applied')).toMatch(words)
    const lock = await at.act('lock', { stage: 'production', reason: 'the old pipeline is in force' })
    expect(lock, lock.body.text).toMatchObject({ status: 200 })
    const stands = stageOn(await at.board(), 'shop', 'production')?.locks.map(({ id }) => id)
    expect(stands).toEqual([lock.body.lock])
    writeFileSync(file, good)
    await trouble(null)
  })

  test('two configs are one too many, and one of them is enough again', async () => {
    const second = join(shop.folder, 'sluice.yaml')
    writeFileSync(second, 'services: {}\n')
    expect(await trouble('config/not-applied')).toMatch(/two configurations.*keep one/)
    renameSync(second, join(shop.folder, 'old.txt'))
    await trouble(null)
  })

  type Words = { readonly typed: readonly string[]; readonly says: RegExp; readonly code: number }
  const words: readonly Words[] = [
    { typed: ['stauts'], says: /did you mean status/i, code: 64 },
    { typed: ['status', '--service', 'shpo'], says: /no service "shpo"\. Did you mean "shop"/, code: 64 },
    {
      typed: ['lock', 'prodution', '-r', 'x'],
      says: /no stage "prodution"\. Did you mean "production"/,
      code: 64,
    },
    { typed: ['lock', 'shpo/production', '-r', 'x'], says: /Did you mean "shop"/, code: 64 },
    {
      typed: ['lock', 'production', '-r', 'x', '--for', 'soon'],
      says: /"soon" is not a duration; write 90s/,
      code: 64,
    },
    { typed: ['why', 'newest'], says: /newest.*#12/s, code: 64 },
    { typed: ['why', '99'], says: /no release #?99/, code: 64 },
    { typed: ['rollback', 'production', '--to', '99', '-r', 'x', '--yes'], says: /Refused: .*#99/, code: 2 },
    { typed: ['retry', '1'], says: /Refused: /, code: 2 },
    { typed: ['down'], says: /add --yes/, code: 64 },
    {
      typed: ['status', '--server', 'http://127.0.0.1:1'],
      says: /Nothing answers at http:\/\/127\.0\.0\.1:1/,
      code: 1,
    },
  ]
  test.concurrent.for(words)(
    '"sluice $typed" ends with $code and says what would be right',
    async ({ typed, says, code }) => {
      const answer = await at.cli(shop.folder, ...typed)
      expect(saidBy(answer)).toMatch(says)
      expect(saidBy(answer)).not.toMatch(/\n\s+at /)
      expect(answer.code).toBe(code)
    },
  )

  test('a wrong token is refused in words, although this machine needs none', async () => {
    const file = join(at.state, 'wrong-token')
    writeFileSync(file, 'sluice_not_a_token\n')
    const answer = await at.cli(shop.folder, 'status', '--token-file', file)
    expect(saidBy(answer)).toMatch(/token.*not known/i)
    expect(answer.code).toBe(1)
    expect((await at.cli(shop.folder, 'status')).code).toBe(0)
  })
})

function instancesOf(at: Installation, service: string): readonly number[] {
  return instances(at.state)
    .filter(({ pid }) => isOf(pid, service))
    .map(({ pid }) => pid)
}

/** What instances of a service started beside themselves. */
function forkedBy(at: Installation, service: string): readonly number[] {
  return strays(at.state)
    .filter((each) => each.includes('sleep 1000'))
    .map((each) => Number.parseInt(each, 10))
    .filter((pid) => isOf(pid, service))
}

function isOf(pid: number, service: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ODD=${service}\0`)
  } catch {
    // It ended between the two looks.
    return false
  }
}

/** Commands that run in the room of a build. */
function buildsRunning(at: Installation): readonly string[] {
  return strays(join(at.state, 'builds')).filter((each) => each.includes('sleep 1000'))
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
