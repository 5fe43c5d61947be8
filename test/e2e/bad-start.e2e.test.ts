// A start that cannot be, or a state that is not what it was: refused in words that say what to do, and nothing that
// runs is harmed by it.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { canMount, smallDisk } from '../../src/extend/testing/small-disk.ts'
import { scratchFolder } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { live, onBoard, releaseOn, saidBy, serviceOn } from './parts/board-looks.ts'
import { freePort, type Installation, installation, type InstallationOptions } from './parts/installation.ts'
import { instances, programs, strays } from './parts/processes.ts'
import { type ShopRepository, shopRepository } from './parts/shop-repository.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 240_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main')
const ONE_STAGE = `[{ stage: 'production', rollout: 'all-at-once', watch: '10s' }]`

type PlaceOptions = { readonly pipeline?: string; readonly finished?: Finished }
type Place = { readonly at: Installation; readonly shop: ShopRepository }

/** Tests that run side by side say themselves when they are over. */
type Finished = typeof onTestFinished

async function place(
  options: InstallationOptions = {},
  { pipeline = ONE_STAGE, finished = onTestFinished }: PlaceOptions = {},
): Promise<Place> {
  const at = await installation(options)
  const shop = shopRepository({ apiPort: at.apiPort, routerPort: at.routerPort, pipeline })
  finished(async () => {
    await at.remove()
    shop.remove()
    expect(strays(at.state)).toEqual([])
  })
  shop.change()
  return { at, shop }
}

async function running(options: InstallationOptions = {}, more: PlaceOptions = {}): Promise<Place> {
  const made = await place(options, more)
  const up = await made.at.up(made.shop.folder)
  expect(up, saidBy(up)).toMatchObject({ code: 0 })
  await live(made.at, 'shop', 'production', 1)
  return made
}

function shopAnswers({ at }: Place): Promise<string> {
  return visit(at.routerPort, 'shop.localhost').then(({ body }) => body.trim())
}

async function takePort(finished: Finished): Promise<number> {
  const server = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  finished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return port
}

function unwritable(): string {
  const disk = smallDisk('size=1m')
  disk.remount('ro')
  return join(disk.folder, 'state')
}

type Row = {
  readonly what: string
  readonly at: (finished: Finished) => Promise<InstallationOptions>
  readonly says: RegExp
}

const refusedStarts: readonly Row[] = [
  {
    what: 'a state folder that is a file',
    at: async (finished) => {
      const folder = scratchFolder('state')
      finished(() => rmSync(folder, { recursive: true, force: true }))
      const file = join(folder, 'state')
      writeFileSync(file, 'a letter\n')
      return { state: file }
    },
    says: /it is a file.*SLUICE_STATE/s,
  },
  {
    what: 'an API port that another program has',
    at: async (finished) => ({ apiPort: await takePort(finished) }),
    says: /cannot listen on 127\.0\.0\.1:\d+: another program does already\. Stop it, or choose another port/,
  },
  {
    what: 'a router port that another program has',
    at: async (finished) => ({ routerPort: await takePort(finished) }),
    says: /port \d+ is in use by another program.*stop it, or choose another port/,
  },
]

test.concurrent.for(refusedStarts)(
  '$what: "up" says so and what to do, and leaves nothing running',
  { timeout: MS_MAX },
  async ({ at: options, says }, { onTestFinished: finished }) => {
    const { at, shop } = await place(await options(finished), { finished })
    const up = await at.cli(shop.folder, 'up')
    expect(saidBy(up)).toMatch(says)
    expect(saidBy(up)).not.toMatch(/\n\s+at /)
    expect(up.code).toBe(1)
    await until('nothing of it runs', () => strays(at.state).length === 0)
  },
)

test.runIf(canMount)(
  'a state folder that cannot be written (needs root): "up" says so and what to do',
  { timeout: MS_MAX },
  async () => {
    const { at, shop } = await place({ state: unwritable() })
    const up = await at.cli(shop.folder, 'up')
    expect(saidBy(up)).toMatch(/state.*cannot be written.*SLUICE_STATE/s)
    expect(saidBy(up)).not.toMatch(/\n\s+at /)
    expect(up.code).toBe(1)
  },
)

test('a second server and a second keeper on one state are refused, and the first go on', {
  timeout: MS_MAX,
}, async () => {
  const made = await running()
  const { state } = made.at
  const servers = programs('server', state)
  const start = async (script: string): Promise<{ code: unknown; stderr: string }> =>
    promisify(execFile)(process.execPath, [
      join(MAIN, script),
      '--state',
      state,
      '--api-port',
      String(await freePort()),
    ]).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: { code?: unknown; stderr?: string }) => ({ code: error.code, stderr: error.stderr ?? '' }),
    )
  for (const script of ['serve.ts', 'keeper.ts']) {
    const second = await start(script)
    expect(second.stderr).toMatch(/in use|already|another/)
    expect(second.code).toBe(78)
  }
  expect(programs('server', state)).toEqual(servers)
  expect(await shopAnswers(made)).toBe('v1')
  made.shop.change()
  await live(made.at, 'shop', 'production', 2)
})

/** Ends the server the hard way and lets the store be changed before the keeper starts it again. */
async function whileDown({ at }: Place, change: () => void): Promise<void> {
  const [keeper] = programs('keeper', at.state)
  if (keeper === undefined) throw new Error('no keeper runs')
  process.kill(keeper, 'SIGSTOP')
  for (const pid of programs('server', at.state)) process.kill(pid, 'SIGKILL')
  await until('the server is gone', () => programs('server', at.state).length === 0)
  change()
  process.kill(keeper, 'SIGCONT')
}

function backUp(store: string): string {
  const copy = join(store, '..', 'backups', 'by-hand.sqlite')
  mkdirSync(join(store, '..', 'backups'), { recursive: true })
  rmSync(copy, { force: true })
  using from = new DatabaseSync(store, { readOnly: true })
  from.prepare('VACUUM INTO ?').run(copy)
  return copy
}

function gather(store: string): void {
  using all = new DatabaseSync(store)
  all.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

const damages: readonly { readonly what: string; readonly damage: (store: string) => void }[] = [
  { what: 'lost its end', damage: (store) => truncateSync(store, Math.floor(statSync(store).size / 2)) },
  {
    what: 'holds other bytes than were written',
    damage: (store) => {
      const bytes = readFileSync(store)
      bytes.fill(0x5a, 4_096)
      writeFileSync(store, bytes)
    },
  },
]

test.concurrent.for(damages)(
  'a store that $what is refused with what is lost and the last good backup, while people go on being served',
  { timeout: MS_MAX },
  async ({ damage }, { onTestFinished: finished }) => {
    const made = await running({}, { finished })
    const { at, shop } = made
    const store = join(at.state, 'store', 'events.sqlite')
    const ran = instances(at.state).map(({ pid }) => pid)
    const copy = backUp(store)
    await whileDown(made, () => {
      gather(store)
      damage(store)
    })
    const status = await until('the command line tells the refusal', async () => {
      const answer = await at.cli(shop.folder, 'status')
      return saidBy(answer).includes('is damaged') && answer
    })
    expect(status.code).toBe(1)
    for (const answer of [status, await at.cli(shop.folder, 'up')]) {
      expect(saidBy(answer)).toMatch(/is damaged: .*(can be read|may be lost)/s)
      expect(saidBy(answer)).toContain(copy)
      expect(answer.code).toBe(1)
    }
    expect(await shopAnswers(made)).toBe('v1')
    expect(instances(at.state).map(({ pid }) => pid)).toEqual(ran)

    for (const rest of ['', '-wal', '-shm']) rmSync(`${store}${rest}`, { force: true })
    copyFileSync(copy, store)
    await onBoard(at, 'the server is back with what the backup knew', (board) => releaseOn(board, 'shop', 1))
    shop.change()
    await live(at, 'shop', 'production', 2)
  },
)

test.runIf(canMount)(
  'a disk that is full from the first moment (needs root): "up" says so and leaves nothing running',
  { timeout: MS_MAX },
  async () => {
    const disk = smallDisk('size=3m')
    fill(join(disk.folder, 'ballast'))
    const { at, shop } = await place({ state: join(disk.folder, 'state') })
    const up = await at.cli(shop.folder, 'up')
    expect(saidBy(up)).toMatch(/full|no space/i)
    expect(up.code).toBe(1)
    await until('nothing of it runs', () => strays(at.state).length === 0)
  },
)

test.runIf(canMount)(
  'a full disk (needs root): the board says so, people go on being served, and all goes on when there is room',
  { timeout: MS_MAX },
  async () => {
    const disk = smallDisk('size=64m')
    const made = await running({ state: join(disk.folder, 'state') })
    const { at, shop } = made
    const ballast = join(disk.folder, 'ballast')
    fill(ballast)
    shop.change()
    const trouble = await onBoard(at, 'the trouble is on the board', (board) => {
      const service = serviceOn(board, 'shop')
      const said = [service?.sourceTrouble?.text, service?.releases[0]?.build.message].join(' ')
      return /disk|space|ENOSPC/.test(said) && said
    })
    expect(trouble).toMatch(/full|space/)
    expect(await shopAnswers(made)).toBe('v1')
    rmSync(ballast)
    const built = await onBoard(at, '#2 is known', (board) => releaseOn(board, 'shop', 2))
    if (built.build.state === 'failed') await at.act('retry', { what: 'build', release: 2 })
    await live(at, 'shop', 'production', 2)
    expect(await shopAnswers(made)).toBe('v2')
  },
)

function fill(file: string): void {
  for (let size = 1024 * 1024; size >= 4_096; )
    try {
      writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch {
      size /= 2
    }
}

test('"down" in the middle of a rollout and "up" again: it goes on where it was and ends', {
  timeout: MS_MAX,
}, async () => {
  const pipeline = `[{ stage: 'production', instances: 2, rollout: [{ step: '50%', soak: '4s' }, { step: 'all-at-once', soak: '0s' }], watch: '10s' }]`
  const made = await running({}, { pipeline })
  const { at, shop } = made
  shop.change()
  await onBoard(
    at,
    '#2 has a share',
    (board) => serviceOn(board, 'shop')?.stages[0]?.rollout?.phase === 'soaking',
  )
  const down = await at.cli(shop.folder, 'down', '--yes')
  expect(down, saidBy(down)).toMatchObject({ code: 0 })
  expect(programs('router', at.state)).toEqual([])
  expect(instances(at.state).length).toBeGreaterThan(2)
  const up = await at.up(shop.folder)
  expect(up, saidBy(up)).toMatchObject({ code: 0 })
  await live(at, 'shop', 'production', 2)
  expect(await shopAnswers(made)).toBe('v2')
  const rows = await at.audit(500)
  expect(rows.filter(({ type }) => type === 'rollout-started').map(({ release }) => release)).toEqual([2, 1])
})

test('a clock that is put forward by a day and back by two: no bake is over for it, nothing restarts, and work goes on', {
  timeout: MS_MAX,
}, async () => {
  const folder = scratchFolder('clock')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const clock = join(folder, 'off-by-ms.txt')
  const preload = join(import.meta.dirname, 'parts', 'jumping-clock.ts')
  const pipeline = `[{ stage: 'staging', bake: { for: '1h', requests: 0, own: '1s' }, watch: '10s' }, { stage: 'production', rollout: 'all-at-once', watch: '10s' }]`
  const made = await running(
    { env: { NODE_OPTIONS: `--import=${preload}`, CLOCK_FILE: clock } },
    { pipeline },
  )
  const { at, shop } = made
  shop.change()
  await live(at, 'shop', 'staging', 2)
  const programsBefore = [...programs('server', at.state), ...programs('router', at.state)]
  const instancesBefore = instances(at.state).map(({ pid }) => pid)
  for (const days of [1, -1]) {
    const before = (await at.board()).at
    writeFileSync(clock, String(days * DAY_MS))
    const jumped = await onBoard(at, 'the bake is watched on after the jump', (board) => {
      const seen = serviceOn(board, 'shop')?.stages[0]?.bake?.changes[0]
      const isAfter = Math.abs(board.at - before) > DAY_MS / 2
      return isAfter && seen !== undefined && seen.watchedMs > 2_000 && seen
    })
    expect(jumped.watchedMs).toBeLessThan(HOUR_MS / 2)
    expect(serviceOn(await at.board(), 'shop')?.stages[1]?.live?.release).toBe(1)
    expect(await shopAnswers(made)).toBe('v1')
  }
  expect([...programs('server', at.state), ...programs('router', at.state)]).toEqual(programsBefore)
  expect(instances(at.state).map(({ pid }) => pid)).toEqual(instancesBefore)
  const skipped = await at.act('skip-bake', { stage: 'staging', reason: 'the clock is mended' })
  expect(skipped, skipped.body.text).toMatchObject({ status: 200 })
  await live(at, 'shop', 'production', 2)
})
