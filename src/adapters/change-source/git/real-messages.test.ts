// The messages that git itself writes, read back through the source.
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import type { Change } from '../../../domain/change/change.ts'
import { createGitSource } from './git-source.ts'

let repository: ScratchRepository
let stateDir: string
beforeEach(() => {
  repository = scratchRepository()
  stateDir = scratchFolder('messages')
})
afterEach(async () => {
  repository.remove()
  await rm(stateDir, { recursive: true })
})

async function head(): Promise<Change> {
  const found = await createGitSource({ stateDir }).look({
    git: repository.folder,
    branch: 'main',
    after: null,
    known: [],
    limit: 1,
    signal: new AbortController().signal,
  })
  if (found.found !== 'line') throw new Error(found.found)
  return found.changes[0]!
}

/** A merge commit with a change of its own side, and its name. */
function mergeOf(branch: string): string {
  repository.git('checkout', '--quiet', '-b', branch)
  repository.commit(`work on ${branch}`)
  repository.git('checkout', '--quiet', 'main')
  repository.git('merge', '--quiet', '--no-ff', '--no-edit', branch)
  return repository.git('rev-parse', 'HEAD')
}

test('git revert names the commit', async () => {
  repository.commit('base')
  const bad = repository.commit('bad')
  repository.git('revert', '--no-edit', bad)
  expect((await head()).says.revertsCommits).toEqual([bad])
})

test('git revert of a revert names the revert', async () => {
  repository.commit('base')
  const bad = repository.commit('bad')
  repository.git('revert', '--no-edit', bad)
  const revert = repository.git('rev-parse', 'HEAD')
  repository.git('revert', '--no-edit', 'HEAD')
  expect((await head()).says.revertsCommits).toEqual([revert])
  const again = repository.git('rev-parse', 'HEAD')
  repository.git('revert', '--no-edit', 'HEAD')
  expect((await head()).says.revertsCommits).toEqual([again])
})

test('git revert -m 1 names the merge, not what it was merged into', async () => {
  repository.commit('base')
  const merge = mergeOf('feature')
  repository.git('revert', '--no-edit', '-m', '1', merge)
  expect((await head()).says.revertsCommits).toEqual([merge])
})

test('git revert --reference names the commit shortly', async () => {
  repository.commit('base')
  const bad = repository.commit('bad')
  repository.git('revert', '--no-edit', '--reference', bad)
  const [short, ...others] = (await head()).says.revertsCommits
  expect(others).toEqual([])
  expect(bad.startsWith(short!) && short!.length >= 7).toBe(true)
})

test('git cherry-pick -x names its origin', async () => {
  repository.commit('base')
  repository.git('checkout', '--quiet', '-b', 'side')
  const origin = repository.commit('picked')
  repository.git('checkout', '--quiet', 'main')
  repository.commit('between')
  repository.git('cherry-pick', '-x', origin)
  expect((await head()).says).toMatchObject({ cherryPickedFrom: [origin], revertsCommits: [] })
})

test('trailers that git itself adds are read', async () => {
  repository.commit('base')
  repository.git(
    'commit',
    '--quiet',
    '--allow-empty',
    '-m',
    'fix',
    '--trailer',
    'Sluice-Fixes: #6',
    '--trailer',
    'Co-authored-by: Bea <bea@example.com>',
  )
  expect(await head()).toMatchObject({ says: { fixes: ['#6'] }, coAuthors: [{ name: 'Bea' }] })
})

test('a squash of a branch that reverts still names the commit', async () => {
  repository.commit('base')
  const bad = repository.commit('bad')
  repository.git('checkout', '--quiet', '-b', 'undo')
  repository.git('revert', '--no-edit', bad)
  const message = repository.git('log', '-1', '--format=%B')
  repository.git('checkout', '--quiet', 'main')
  repository.git('merge', '--quiet', '--squash', 'undo')
  repository.git('commit', '--quiet', '-m', `Undo the bad thing (#13)\n\n* ${message}`)
  expect(await head()).toMatchObject({ pullRequest: 13, says: { revertsCommits: [bad] } })
})
