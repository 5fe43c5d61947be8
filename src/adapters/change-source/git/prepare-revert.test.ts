import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { createGitSource, type GitSource } from './git-source.ts'

const signal = new AbortController().signal

describe('a revert that is prepared', () => {
  let repository: ScratchRepository
  let stateDir: string
  let source: GitSource
  beforeEach(() => {
    repository = scratchRepository()
    stateDir = scratchFolder('source-state')
    source = createGitSource({ stateDir })
  })
  afterEach(async () => {
    repository.remove()
    await rm(stateDir, { recursive: true })
  })
  const revert = (commits: readonly string[], more: { git?: string; name?: string; atMs?: number } = {}) => {
    const wish = {
      git: repository.folder,
      branch: 'main',
      name: 'revert-7',
      by: 'anna',
      atMs: 1_700_000_000_000,
    }
    const message = `Revert "bad"\n\nThis reverts commit ${commits[0]}.\n`
    return source.revert?.({ ...wish, commits, message, signal, ...more })
  }
  const treeOf = (commit: string) => repository.git('rev-parse', `${commit}^{tree}`)

  test('it does what git revert does, upon the head, and touches neither branch nor files of anybody', async () => {
    repository.commit('base', { 'a.txt': '1\n2\n3\n4\n5\n' })
    const bad = repository.commit('bad', { 'a.txt': '1\n2\n3\n4\nfive\n', 'new.txt': 'x\n' })
    const head = repository.commit('later', { 'a.txt': 'one\n2\n3\n4\nfive\n' })
    const made = await revert([bad])
    expect(made).toMatchObject({ reverted: 'made', onto: head, fetchFrom: null })
    expect(repository.git('rev-parse', 'main')).toBe(head)
    expect(repository.git('status', '--porcelain')).toBe('')
    expect(repository.git('log', '-1', '--format=%an %cn %P', 'revert-7')).toBe(`anna Sluice ${head}`)
    repository.git('revert', '--no-edit', bad)
    expect(treeOf('revert-7')).toBe(treeOf('HEAD'))
    const [change] = [
      await source.find({ git: repository.folder, branch: 'main', commit: 'revert-7', signal }),
    ]
    expect(change?.says.revertsCommits).toEqual([bad])
  })

  test('a merge is taken back by what it brought to its first parent', async () => {
    repository.commit('base', { 'a.txt': 'a\n' })
    repository.git('checkout', '--quiet', '-b', 'feature')
    repository.commit('one', { 'one.txt': '1\n' })
    repository.git('checkout', '--quiet', 'main')
    repository.commit('elsewhere', { 'c.txt': 'c\n' })
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge feature', 'feature')
    const merge = repository.git('rev-parse', 'HEAD')
    expect(await revert([merge])).toMatchObject({ reverted: 'made' })
    repository.git('revert', '--no-edit', '-m', '1', merge)
    expect(treeOf('revert-7')).toBe(treeOf('HEAD'))
  })

  test('what was changed since is named, and no branch is made', async () => {
    repository.commit('base', { 'a.txt': '1\n' })
    const bad = repository.commit('bad', { 'a.txt': '2\n' })
    repository.commit('later', { 'a.txt': '3\n' })
    expect(await revert([bad])).toEqual({ reverted: 'conflict', commit: bad, files: ['a.txt'] })
    expect(repository.git('branch', '--list', 'revert-7')).toBe('')
  })

  test('what is gone already is said', async () => {
    repository.commit('base', { 'a.txt': '1\n' })
    const bad = repository.commit('bad', { 'a.txt': '2\n' })
    repository.git('revert', '--no-edit', bad)
    expect(await revert([bad])).toEqual({ reverted: 'nothing-left' })
  })

  test('asked twice it is the same branch; somebody else’s branch of that name is left alone', async () => {
    repository.commit('base', { 'a.txt': '1\n' })
    const bad = repository.commit('bad', { 'a.txt': '2\n' })
    const once = await revert([bad])
    expect(await revert([bad], { atMs: 1_800_000_000_000 })).toEqual(once)
    repository.git('branch', 'mine', bad)
    expect(await revert([bad], { name: 'mine' })).toEqual({ reverted: 'branch-taken', sha: bad })
  })

  test('of a remote repository the branch is made in our copy, from where it can be fetched', async () => {
    repository.commit('base', { 'a.txt': '1\n' })
    const bad = repository.commit('bad', { 'a.txt': '2\n' })
    const made = await revert([bad], { git: `file://${repository.folder}` })
    const fetchFrom = made?.reverted === 'made' ? made.fetchFrom : null
    expect(fetchFrom).toContain(stateDir)
    expect(repository.git('branch', '--list', 'revert-7')).toBe('')
    repository.git('fetch', '--quiet', fetchFrom ?? '', 'revert-7:revert-7')
    expect(repository.git('show', 'revert-7:a.txt')).toBe('1')
  })

  test('a name that git would read as something else is refused', async () => {
    const bad = repository.commit('bad', { 'a.txt': '2\n' })
    for (const name of ['-d', 'a b', 'a..b', 'x\ncreate refs/heads/y'])
      await expect(revert([bad], { name })).rejects.toMatchObject({ code: 'source/no-branch' })
  })

  test('what commits touch is read as git says it: moved, binary, merged, and the very first', async () => {
    const first = repository.commit('first', { 'a.txt': '1\n2\n3\n', 'db/migrate/1.sql': 'x\n' })
    repository.git('mv', 'a.txt', 'b c.txt')
    const moved = repository.commit('moved', { 'image.bin': 'a\0b' })
    repository.git('checkout', '--quiet', '-b', 'feature')
    repository.commit('one', { 'one.txt': '1\n' })
    repository.commit('two', { 'one.txt': '1\n2\n' })
    repository.git('checkout', '--quiet', 'main')
    repository.commit('elsewhere', { 'c.txt': 'c\n' })
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge feature', 'feature')
    const merge = repository.git('rev-parse', 'HEAD')
    const empty = repository.commit('empty', {})
    const commits = [first, moved, merge, empty, 'f'.repeat(40), 'HEAD']
    const found = await source.touched?.({ git: repository.folder, commits, signal })
    expect(found?.get(first)).toMatchObject({ count: 2, added: 4, removed: 0 })
    expect(found?.get(moved)?.files).toEqual([
      { path: 'b c.txt', added: 0, removed: 0 },
      { path: 'image.bin', added: null, removed: null },
    ])
    expect(found?.get(merge)).toEqual({
      files: [{ path: 'one.txt', added: 2, removed: 0 }],
      count: 1,
      added: 2,
      removed: 0,
    })
    expect(found?.get(empty)).toEqual({ files: [], count: 0, added: 0, removed: 0 })
    expect([...(found?.keys() ?? [])].sort()).toEqual([first, moved, merge, empty].sort())
  })
})
