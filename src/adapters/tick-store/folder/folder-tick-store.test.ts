import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exampleTick, tickStoreContract } from '../../../extend/contracts/tick-store.contract.ts'
import { canMount, smallDisk } from '../../../extend/testing/small-disk.ts'
import type { TickStore } from '../../../ports/tick-store.ts'
import { environmentFolder } from './environment-folder.ts'
import { createFolderTickStore, type FolderTickStoreOptions } from './folder-tick-store.ts'

const staging = { service: 'shop', stage: 'staging' }

function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'sluice-tick-store-')))
}

function contractPlace(options: Omit<FolderTickStoreOptions, 'folder'>) {
  return async () => {
    const folder = temporaryFolder()
    return {
      open: async () => createFolderTickStore({ folder, ...options }),
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    }
  }
}

tickStoreContract('folder', contractPlace({}))
// The same with every limit so small that segments rotate and files are closed all the time.
tickStoreContract(
  'folder with tiny limits',
  contractPlace({
    limits: { segmentBytesMax: 3_000, waitingMax: 2, allWaitingMax: 6 },
    openFilesMax: 2,
  }),
)

function folderForTest(): string {
  const folder = temporaryFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function fill(
  store: TickStore,
  from: number,
  to: number,
  atOf?: (seq: number) => number,
): Promise<void> {
  for (let seq = from; seq <= to; seq++) await store.append(staging, exampleTick(seq, atOf?.(seq)))
}

async function seqs(store: TickStore, afterSeq = 0): Promise<readonly number[]> {
  const found: number[] = []
  for await (const tick of store.read(staging, afterSeq)) found.push(tick.seq)
  return found
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n + 1)
}

function segmentFiles(folder: string): readonly string[] {
  const place = environmentFolder(folder, staging)
  return readdirSync(place)
    .sort()
    .map((name) => join(place, name))
}

/** A closed store of one segment with ten ticks. */
async function tenTicks(): Promise<{
  readonly folder: string
  readonly file: string
  readonly bytes: Buffer
}> {
  const folder = folderForTest()
  const store = createFolderTickStore({ folder })
  await fill(store, 1, 10, () => 0)
  await store.close()
  const [file = ''] = segmentFiles(folder)
  return { folder, file, bytes: readFileSync(file) }
}

describe('what a power cut leaves', () => {
  test('a torn last line is dropped, wherever it was torn, and the next append starts on a clean line', async () => {
    const { folder, file, bytes } = await tenTicks()
    const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1
    const cuts = [
      0,
      1,
      10,
      lastLine - 1,
      lastLine,
      lastLine + 1,
      lastLine + 100,
      bytes.length - 2,
      bytes.length - 1,
    ]
    for (const cut of cuts) {
      writeFileSync(file, bytes.subarray(0, cut))
      const whole = bytes.subarray(0, cut).toString().split('\n').length - 1
      const store = createFolderTickStore({ folder })
      expect(await seqs(store), `cut at ${cut}`).toEqual(upTo(whole))
      await store.append(staging, exampleTick(whole + 1, 0))
      await store.close()
      const after = createFolderTickStore({ folder })
      expect(await seqs(after), `cut at ${cut}`).toEqual(upTo(whole + 1))
      await after.close()
    }
  })

  test('zero bytes where lines never reached the disk are dropped', async () => {
    const { folder, file, bytes } = await tenTicks()
    appendFileSync(file, Buffer.alloc(5_000))
    const store = createFolderTickStore({ folder })
    expect(await store.lastSeq(staging)).toBe(10)
    await store.append(staging, exampleTick(11, 0))
    expect(await seqs(store)).toEqual(upTo(11))
    await store.close()

    const second = bytes.indexOf(0x0a) + 1
    const hole = Buffer.from(bytes)
    hole.fill(0, second + 50, second + 1_500)
    writeFileSync(file, hole)
    const again = createFolderTickStore({ folder })
    const left = await seqs(again)
    expect(left[0]).toBe(1)
    expect(left.at(-1)).toBe(10)
    expect(left.length).toBeLessThan(10)
    await again.close()
  })

  test('a line in the middle that cannot be read is damage, and named', async () => {
    const { folder, file, bytes } = await tenTicks()
    const spoilt = Buffer.from(bytes)
    spoilt.write('#', bytes.indexOf(0x0a) + 30)
    writeFileSync(file, spoilt)
    const store = createFolderTickStore({ folder })
    await expect(seqs(store)).rejects.toMatchObject({
      code: 'tick-store/corrupt',
      message: expect.stringContaining(file),
    })
    expect(await seqs(store, 5), 'what comes after it can be read').toEqual([6, 7, 8, 9, 10])
    await store.close()
  })
})

describe('segments', () => {
  const DAY_MS = 86_400_000

  test('a segment ends with its size, and with its day', async () => {
    const folder = folderForTest()
    const store = createFolderTickStore({ folder, limits: { segmentBytesMax: 5_000 } })
    await fill(store, 1, 40, () => DAY_MS)
    await store.sync(staging)
    const sizes = segmentFiles(folder).map((file) => statSync(file).size)
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000)
    await store.append(staging, exampleTick(41, 2 * DAY_MS))
    await store.sync(staging)
    expect(segmentFiles(folder).at(-1)).toMatch(/0041\.ndjson$/)
    expect(await seqs(store)).toEqual(upTo(41))
    await store.close()
  })

  test('pruning deletes whole segments, and none with a tick that is new enough, whatever the clock did', async () => {
    const folder = folderForTest()
    const store = createFolderTickStore({ folder })
    // Three days; on the second one the clock jumped ahead for one tick and came back.
    const atOf = (seq: number) =>
      (seq <= 10 ? 0 : seq <= 20 ? DAY_MS : 2 * DAY_MS) + (seq === 15 ? 3_600_000 : 0)
    await fill(store, 1, 30, atOf)
    await store.sync(staging)
    expect(segmentFiles(folder)).toHaveLength(3)
    await store.prune(staging, DAY_MS + 1_800_000)
    expect(await seqs(store)).toEqual(upTo(30).slice(10))
    await store.prune(staging, 2 * DAY_MS)
    expect(await seqs(store)).toEqual(upTo(30).slice(20))
    await store.close()
  })
})

describe('limits', () => {
  test('hundreds of environments hold no more descriptors than allowed, and lose nothing', async () => {
    const folder = folderForTest()
    let store = createFolderTickStore({ folder, openFilesMax: 16, limits: { waitingMax: 2 } })
    const environments = Array.from({ length: 300 }, (_, n) => ({ service: `s${n % 50}`, stage: `e${n}` }))
    const open = watchOpenUnder(folder)
    for (let seq = 1; seq <= 3; seq++) {
      await Promise.all(environments.map((environment) => store.append(environment, exampleTick(seq))))
      await Promise.all(environments.map((environment) => store.sync(environment)))
    }
    await store.close()
    store = createFolderTickStore({ folder, openFilesMax: 16 })
    await Promise.all(environments.map((environment) => store.lastSeq(environment)))
    const highest = await open.highest()
    expect(highest).toBeLessThanOrEqual(16 + 16)
    expect(highest).toBeGreaterThan(0)
    for (const environment of environments) expect(await store.lastSeq(environment)).toBe(3)
    await store.close()
    expect(openUnder(folder)).toBe(0)
  })

  test('the ticks that wait in memory are bounded over all environments', async () => {
    const folder = folderForTest()
    const store = createFolderTickStore({ folder, limits: { allWaitingMax: 60 } })
    const environments = Array.from({ length: 200 }, (_, n) => ({ service: 'many', stage: `e${n}` }))
    for (let seq = 1; seq <= 3; seq++) {
      for (const environment of environments) await store.append(environment, exampleTick(seq))
    }
    const written = environments.flatMap((environment) => {
      const place = environmentFolder(folder, environment)
      return readdirSync(place).map((name) => statSync(join(place, name)).size)
    })
    const all = 3 * 200 * Buffer.byteLength(JSON.stringify(exampleTick(1)))
    expect(all - written.reduce((sum, size) => sum + size, 0)).toBeLessThan(all / 2)
    await store.close()
  })

  /** Looks in every turn of the event loop until asked for the highest count. */
  function watchOpenUnder(folder: string) {
    let highest = 0
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        highest = Math.max(highest, openUnder(folder))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    onTestFinished(() => {
      isOver = true
    })
    return {
      async highest() {
        isOver = true
        await watching
        return highest
      },
    }
  }

  /** Descriptors of this process that lead into the folder. */
  function openUnder(folder: string): number {
    return readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return realpathSync(`/proc/self/fd/${fd}`).startsWith(`${folder}/`)
      } catch {
        return false
      }
    }).length
  }
})

describe('a disk that refuses', () => {
  test('CI can mount', () => {
    if (process.env['CI'] === 'true')
      expect(canMount, 'these tests mount small disks and need root').toBe(true)
  })

  test.skipIf(!canMount)(
    'a full disk fails the sync, and no tick is lost or torn when there is room again (needs root)',
    async () => {
      const { folder, remount } = smallDisk('size=256k')
      const store = createFolderTickStore({ folder })
      let seq = 0
      let refused: unknown
      while (refused === undefined && seq < 5_000) {
        await store.append(staging, exampleTick(seq + 1)).then(
          () => (seq += 1),
          (error: unknown) => (refused = error),
        )
      }
      expect(refused).toMatchObject({ code: 'tick-store/full', again: 'retry' })
      await expect(store.sync(staging)).rejects.toMatchObject({ code: 'tick-store/full' })
      expect(await seqs(store), 'reading needs no room').toEqual(upTo(seq))
      remount('size=8m')
      await fill(store, seq + 1, seq + 5)
      await store.sync(staging)
      expect(await seqs(store)).toEqual(upTo(seq + 5))
      await store.close()
      const again = createFolderTickStore({ folder })
      expect(await seqs(again)).toEqual(upTo(seq + 5))
      await again.close()
    },
  )

  test('a place that cannot be a folder fails the append or its sync, and no tick is lost when it can again', async () => {
    const folder = folderForTest()
    writeFileSync(join(folder, 'shop'), 'in the way')
    const store = createFolderTickStore({ folder })
    await expect(store.append(staging, exampleTick(1))).rejects.toMatchObject({ name: 'PortFailure' })
    rmSync(join(folder, 'shop'))
    await store.append(staging, exampleTick(1))
    await store.sync(staging)
    expect(await seqs(store)).toEqual([1])
    await store.close()
  })
})

test('no name of an environment leads out of the folder or into another one', () => {
  const names = [
    '..',
    '.',
    '',
    '/',
    '../..',
    'a/b',
    'A',
    'a',
    '%',
    '%41',
    '~',
    'a\0b',
    'ü',
    'x'.repeat(500),
    'con',
    '-',
  ]
  const seen = new Set<string>()
  for (const service of names) {
    for (const stage of names) {
      const path = relative('/root/ticks', environmentFolder('/root/ticks', { service, stage }))
      expect(path.split('/')).toHaveLength(2)
      expect(path).toMatch(/^[a-z0-9%A-F~-]+\/[a-z0-9%A-F~-]+$/)
      expect(seen.has(path.toLowerCase()), path).toBe(false)
      seen.add(path.toLowerCase())
      for (const part of path.split('/')) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(120)
    }
  }
})
