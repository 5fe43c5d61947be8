import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { scratchFolder } from '../../../../test/kit/scratch-repository.ts'
import { artifactStoreContract } from '../../../extend/contracts/artifact-store.contract.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import { createMemoryArtifactStore } from '../memory/memory-artifact-store.ts'
import { createFolderArtifactStore } from './folder-artifact-store.ts'

function steppedClock() {
  let now = 1_800_000_000_000
  return {
    clock: { now: () => now, monotonicMs: () => now, sleep: () => Promise.resolve() },
    pass: (ms: number) => void (now += ms),
  }
}

artifactStoreContract('a folder', async () => {
  const dir = scratchFolder('store')
  const { clock, pass } = steppedClock()
  return { store: createFolderArtifactStore({ dir, clock }), pass, close: () => rm(dir, { recursive: true }) }
})

artifactStoreContract('the memory', async () => {
  const { clock, pass } = steppedClock()
  return { store: createMemoryArtifactStore({ clock }), pass, close: () => Promise.resolve() }
})

describe('artifact folder', () => {
  let scratch: string
  let store: ArtifactStore
  const { clock } = steppedClock()
  beforeEach(() => {
    scratch = scratchFolder('store')
    mkdirSync(join(scratch, 'built'))
    store = createFolderArtifactStore({ dir: join(scratch, 'store'), clock })
  })
  afterEach(() => rmSync(scratch, { recursive: true, force: true }))

  const objects = () =>
    readdirSync(join(scratch, 'store/objects'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))

  test('the digest of a folder is the same on every machine and for ever', async () => {
    const built = join(scratch, 'built')
    writeFileSync(join(built, 'server.js'), 'console.log(1)\n')
    chmodSync(join(built, 'server.js'), 0o644)
    mkdirSync(join(built, 'public'))
    chmodSync(join(built, 'public'), 0o755)
    symlinkSync('server.js', join(built, 'main'))
    const { digest } = await store.put(built)
    expect(digest).toBe('sha256-d133443c263644cd9641e0739656d619ccda2959284367815f56465c8f5e9042')
  })

  test('a damaged file is refused by name, and building again heals it', async () => {
    writeFileSync(join(scratch, 'built/fine'), 'fine')
    writeFileSync(join(scratch, 'built/hurt'), 'as it was')
    const { digest } = await store.put(join(scratch, 'built'))
    const victim = objects().find((path) => readFileSync(path, 'utf8') === 'as it was')!
    chmodSync(victim, 0o644)
    writeFileSync(victim, 'as it is!')
    const failure: unknown = await store.lay(digest, join(scratch, 'laid')).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'artifact/corrupt', again: 'never' })
    expect(String(failure)).toContain('hurt')
    expect(existsSync(join(scratch, 'laid'))).toBe(false)
    expect(await store.has(digest)).toBe(false)
    expect((await store.put(join(scratch, 'built'))).digest).toBe(digest)
    await store.lay(digest, join(scratch, 'laid'))
    expect(readFileSync(join(scratch, 'laid/hurt'), 'utf8')).toBe('as it was')
  })

  test('a missing file and a damaged listing are refused too', async () => {
    writeFileSync(join(scratch, 'built/a'), 'a')
    const { digest } = await store.put(join(scratch, 'built'))
    rmSync(objects()[0]!)
    await expect(store.lay(digest, join(scratch, 'laid'))).rejects.toMatchObject({ code: 'artifact/corrupt' })
    await store.put(join(scratch, 'built'))
    const listing = join(scratch, 'store/listings', digest)
    chmodSync(listing, 0o644)
    writeFileSync(listing, readFileSync(listing, 'latin1').replace('\0a\0', '\0b\0'), 'latin1')
    await expect(store.lay(digest, join(scratch, 'laid'))).rejects.toMatchObject({ code: 'artifact/corrupt' })
  })

  test('a large file that was damaged is refused as well', async () => {
    writeFileSync(join(scratch, 'built/large'), Buffer.alloc(3_000_000, 7))
    const { digest } = await store.put(join(scratch, 'built'))
    const victim = objects()[0]!
    chmodSync(victim, 0o644)
    const bytes = readFileSync(victim)
    bytes[2_500_000] = 8
    writeFileSync(victim, bytes)
    await expect(store.lay(digest, join(scratch, 'laid'))).rejects.toMatchObject({ code: 'artifact/corrupt' })
  })

  test('stored files are read-only, and the same content is there once', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(scratch, 'built', name), 'same')
    await store.put(join(scratch, 'built'))
    expect(objects().length).toBe(1)
    expect(statSync(objects()[0]!).mode & 0o222).toBe(0)
  })

  test('what only forgotten artifacts had leaves the disk, and what a crash left half-way too', async () => {
    writeFileSync(join(scratch, 'built/shared'), 'shared')
    writeFileSync(join(scratch, 'built/own'), 'own')
    const { digest } = await store.put(join(scratch, 'built'))
    rmSync(join(scratch, 'built/own'))
    const later = await store.put(join(scratch, 'built'))
    mkdirSync(join(scratch, 'store/tmp/half'))
    const next = createFolderArtifactStore({ dir: join(scratch, 'store'), clock })
    const gone = await next.retain({ keep: new Set([later.digest]), bytesMax: 0, olderThanMs: 1e12 })
    expect(gone).toEqual([digest])
    expect(objects().map((path) => readFileSync(path, 'utf8'))).toEqual(['shared'])
    expect(readdirSync(join(scratch, 'store/tmp'))).toEqual([])
  })

  test('a link out of the folder is kept as it is and never read through', async () => {
    writeFileSync(join(scratch, 'secret'), 'secret')
    symlinkSync(join(scratch, 'secret'), join(scratch, 'built/out'))
    symlinkSync('..', join(scratch, 'built/up'))
    const before = (await store.put(join(scratch, 'built'))).digest
    writeFileSync(join(scratch, 'secret'), 'another')
    expect((await store.put(join(scratch, 'built'))).digest).toBe(before)
    expect(objects()).toEqual([])
  })

  test('file names need not be UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(`${scratch}/built/`), Buffer.from([0x67, 0x72, 0xfc, 0xdf])])
    writeFileSync(name, 'greeting')
    const { digest } = await store.put(join(scratch, 'built'))
    await store.lay(digest, join(scratch, 'laid'))
    const names = readdirSync(join(scratch, 'laid'), { encoding: 'buffer' })
    expect(names.map((each) => each.toString('hex'))).toEqual(['6772fcdf'])
  })

  test('a program in an artifact runs from its laid copy', async () => {
    writeFileSync(join(scratch, 'built/run'), '#!/bin/sh\necho it runs\n')
    chmodSync(join(scratch, 'built/run'), 0o755)
    const { digest } = await store.put(join(scratch, 'built'))
    await store.lay(digest, join(scratch, 'laid'))
    expect(execFileSync(join(scratch, 'laid/run')).toString()).toBe('it runs\n')
  })
})
