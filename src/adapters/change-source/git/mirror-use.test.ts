import { existsSync, readdirSync, utimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { createGitSource, type GitSource } from './git-source.ts'
import { createMirrorUse } from './mirror-use.ts'
import { mirrorName } from './repository.ts'

const signal = new AbortController().signal
let stateDir: string
let source: GitSource
let repositories: readonly ScratchRepository[]

beforeEach(() => {
  stateDir = scratchFolder('mirrors')
  source = createGitSource({ stateDir })
  repositories = ['one', 'two', 'three'].map((name) => {
    const repository = scratchRepository()
    repository.commit('first', { 'name.txt': name })
    return repository
  })
})
afterEach(async () => {
  for (const repository of repositories) repository.remove()
  await rm(stateDir, { recursive: true, force: true })
})

const address = (index: number): string => `file://${repositories[index]?.folder}`
const mirrorOf = (index: number): string => join(stateDir, 'mirrors', mirrorName(address(index)))

async function look(index: number): Promise<number> {
  const found = await source.look({
    git: address(index),
    branch: 'main',
    after: null,
    known: [],
    limit: 10,
    signal,
  })
  return found.found === 'line' ? found.changes.length : 0
}

async function mirrorAll(): Promise<void> {
  for (const index of [0, 1, 2]) {
    await look(index)
    const then = new Date(Date.now() - (3 - index) * 60_000)
    utimesSync(mirrorOf(index), then, then)
  }
}

test('mirrors that fit stay', async () => {
  await mirrorAll()
  expect(await source.retain?.({ keep: [], bytesMax: 10e6 })).toEqual([])
})

test('the longest unused mirror that nobody follows goes, and is named by its address', async () => {
  await mirrorAll()
  expect(await source.retain?.({ keep: [address(0)], bytesMax: 0 })).toEqual([address(1), address(2)])
  expect(readdirSync(join(stateDir, 'mirrors'))).toEqual([mirrorName(address(0))])
})

test('a mirror that was removed is made again when it is asked for', async () => {
  await mirrorAll()
  await source.retain?.({ keep: [], bytesMax: 0 })
  expect(await look(1)).toBe(1)
  expect(existsSync(mirrorOf(1))).toBe(true)
})

test('being asked for makes a mirror the newest', async () => {
  await mirrorAll()
  await look(0)
  const gone = await source.retain?.({ keep: [address(2)], bytesMax: 0 })
  expect(gone).toEqual([address(1), address(0)])
})

test('a mirror in use is never taken away under its user', async () => {
  await mirrorAll()
  const { use, retain } = createMirrorUse(stateDir)
  const user = use(address(0))
  expect(await retain({ keep: [], bytesMax: 0 })).toEqual([address(1), address(2)])
  user[Symbol.dispose]()
  expect(await retain({ keep: [], bytesMax: 0 })).toEqual([address(0)])
})

test('a checkout is whole, whatever goes meanwhile', async () => {
  await mirrorAll()
  const sha = repositories[0]?.git('rev-parse', 'HEAD') ?? ''
  const folder = join(stateDir, 'checkout')
  const checkOut = source.checkOut({ git: address(0), branch: 'main', sha, folder, signal })
  await source.retain?.({ keep: [], bytesMax: 0 })
  await checkOut
  expect(existsSync(join(folder, 'name.txt'))).toBe(true)
})
