import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { realClock } from '../../../../test/kit/real-clock.ts'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { until } from '../../../../test/kit/until.ts'
import type { Builder } from '../../../ports/builder.ts'
import { createFolderArtifactStore } from '../../artifact-store/folder/folder-artifact-store.ts'
import { createGitSource } from '../../change-source/git/git-source.ts'
import { createLocalRunner } from '../../command-runner/local/local-runner.ts'
import { createCommandBuilder } from './command-builder.ts'

const KB = 1_000
let scratch: string
let repository: ScratchRepository
let builder: Builder

beforeEach(() => {
  scratch = scratchFolder('caches')
  repository = scratchRepository()
  repository.commit('first', { 'source.txt': 'source' })
  builder = createCommandBuilder({
    stateDir: join(scratch, 'builds'),
    checkout: createGitSource({ stateDir: join(scratch, 'git') }),
    artifacts: createFolderArtifactStore({ dir: join(scratch, 'artifacts'), clock: realClock }),
    runner: createLocalRunner({ clock: realClock, caller: { PATH: process.env['PATH'] }, graceMs: 300 }),
    readRecipe: () => Promise.resolve(null),
  })
})
afterEach(async () => {
  repository.remove()
  await rm(scratch, { recursive: true, force: true })
})

async function build(service: string, command: string, release = 1): Promise<void> {
  await start(service, command, release)
  await until('the build', async () => (await builder.look(`${service}/${release}`)).state === 'done')
}

async function start(service: string, command: string, release = 1): Promise<void> {
  await builder.start(`${service}/${release}`, {
    service,
    release,
    git: repository.folder,
    branch: 'main',
    sha: repository.git('rev-parse', 'HEAD'),
    build: { command, output: '.', limitMs: 60_000, env: {} },
    run: { command: 'true', health: { path: null, waitMs: 1 }, userKey: null, env: {}, termMs: 1 },
  })
}

const cacheOf = (service: string): string => join(scratch, 'builds', 'cache', service)
const fill = 'head -c 500000 /dev/urandom > "$SLUICE_CACHE/kept"'

function usedAt(service: string, minutesAgo: number): void {
  const then = new Date(Date.now() - minutesAgo * 60_000)
  utimesSync(cacheOf(service), then, then)
}

test('caches beyond the limit go, the longest unused first, and no more than must', async () => {
  for (const service of ['shop', 'cart', 'news']) await build(service, fill)
  usedAt('shop', 5)
  usedAt('cart', 60)
  usedAt('news', 30)
  expect(await builder.retain?.({ cacheBytesMax: 2_000 * KB })).toEqual([])
  expect(await builder.retain?.({ cacheBytesMax: 1_100 * KB })).toEqual(['cart'])
  expect(await builder.retain?.({ cacheBytesMax: 0 })).toEqual(['news', 'shop'])
  expect(readdirSync(join(scratch, 'builds', 'cache'))).toEqual([])
})

test('a build makes its cache the newest, and one whose cache went begins with an empty one', async () => {
  for (const service of ['shop', 'cart']) await build(service, fill)
  usedAt('shop', 60)
  usedAt('cart', 30)
  await build('shop', 'test -f "$SLUICE_CACHE/kept"', 2)
  expect(await builder.retain?.({ cacheBytesMax: 600 * KB })).toEqual(['cart'])
  expect(existsSync(join(cacheOf('shop'), 'kept'))).toBe(true)
  await build('cart', 'test ! -f "$SLUICE_CACHE/kept"', 2)
})

test('the cache of a build under way stays, whatever it takes', async () => {
  await start('shop', `${fill}; sleep 1000`)
  const kept = join(cacheOf('shop'), 'kept')
  await until('the build has filled its cache', () => existsSync(kept) && statSync(kept).size > 0)
  expect(await builder.retain?.({ cacheBytesMax: 0 })).toEqual([])
  expect(existsSync(kept)).toBe(true)
  await builder.stop('shop/1')
  expect(await builder.retain?.({ cacheBytesMax: 0 })).toEqual(['shop'])
})

test('what a link in a cache leads to is neither counted nor removed', async () => {
  await build('shop', 'true')
  const outside = join(scratch, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'film'), Buffer.alloc(800_000, 'x'))
  symlinkSync(outside, join(cacheOf('shop'), 'link'))
  expect(await builder.retain?.({ cacheBytesMax: 100 * KB })).toEqual([])
  expect(await builder.retain?.({ cacheBytesMax: 0 })).toEqual([])
  writeFileSync(join(cacheOf('shop'), 'own'), Buffer.alloc(10_000, 'x'))
  expect(await builder.retain?.({ cacheBytesMax: 0 })).toEqual(['shop'])
  expect(existsSync(join(outside, 'film'))).toBe(true)
})
