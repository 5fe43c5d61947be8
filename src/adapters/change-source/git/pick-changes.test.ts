import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { createGitSource, type GitSource } from './git-source.ts'
import { withOrigin } from './pick-changes.ts'

const signal = new AbortController().signal

describe('changes taken onto another commit', () => {
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
  const pick = (onto: string, ...commits: readonly string[]) =>
    source.pick({ git: repository.folder, branch: 'main', onto, commits, signal })
  const show = (path: string) => repository.git('show', path)
  const treeOf = (commit: string) => repository.git('rev-parse', `${commit}^{tree}`)

  test('it does what git cherry-pick does, and says where it was taken from; author and branches stay', async () => {
    const base = repository.commit('base', { 'a.txt': '1\n2\n3\n4\n5\n' })
    repository.commit('other', { 'b.txt': 'b\n' })
    const wanted = repository.commit('wanted\n\nSluice-Fixes: #7', { 'a.txt': '1\n2\n3\n4\nfive\n' })
    const made = await pick(base, wanted)
    expect(made).toMatchObject({
      picked: 'made',
      change: {
        author: { name: 'Anna Author' },
        committer: { name: 'Sluice' },
        says: { cherryPickedFrom: [wanted], fixes: ['#7'] },
      },
    })
    const sha = made.picked === 'made' ? made.change.sha : ''
    repository.git('checkout', '--quiet', base)
    repository.git('cherry-pick', wanted)
    expect(treeOf(sha)).toBe(treeOf('HEAD'))
    expect(repository.git('rev-parse', `${sha}^`)).toBe(base)
    expect(repository.git('rev-parse', 'main')).toBe(wanted)
    expect(repository.git('status', '--porcelain')).toBe('')
  })

  test('several are taken in order, and a merge by what it brought to its first parent', async () => {
    const base = repository.commit('base', { 'a.txt': 'a\n' })
    repository.git('checkout', '--quiet', '-b', 'feature')
    repository.commit('one', { 'one.txt': '1\n' })
    repository.commit('two', { 'two.txt': '2\n' })
    repository.git('checkout', '--quiet', 'main')
    repository.commit('elsewhere', { 'c.txt': 'c\n' })
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge feature', 'feature')
    const merge = repository.git('rev-parse', 'HEAD')
    const after = repository.commit('after', { 'one.txt': 'one\n' })
    const made = await pick(base, merge, after)
    const sha = made.picked === 'made' ? made.change.sha : ''
    expect(repository.git('ls-tree', '--name-only', sha).split('\n')).toEqual(['a.txt', 'one.txt', 'two.txt'])
    expect(show(`${sha}:one.txt`)).toBe('one')
    expect(repository.git('rev-list', '--count', `${base}..${sha}`)).toBe('2')
  })

  test('a conflict names the commit and its files, and leaves nothing behind', async () => {
    const base = repository.commit('base', { 'a.txt': 'a\n', 'wide name.txt': 'x\n' })
    repository.commit('between', { 'a.txt': 'b\n', 'wide name.txt': 'y\n' })
    const wanted = repository.commit('wanted', { 'a.txt': 'c\n', 'wide name.txt': 'z\n', 'new.txt': 'n\n' })
    expect(await pick(base, wanted)).toEqual({
      picked: 'conflict',
      commit: wanted,
      files: ['a.txt', 'wide name.txt'],
    })
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main')
  })

  test('what is there already brings nothing new', async () => {
    const wanted = repository.commit('wanted', { 'a.txt': 'a\n' })
    const later = repository.commit('later', { 'b.txt': 'b\n' })
    expect(await pick(later, wanted)).toEqual({ picked: 'nothing-new' })
  })

  test('the root commit can be taken, too', async () => {
    const root = repository.commit('root', { 'a.txt': 'a\n' })
    repository.git('checkout', '--quiet', '--orphan', 'other')
    repository.git('rm', '--quiet', '-rf', '.')
    const other = repository.commit('other', { 'b.txt': 'b\n' })
    const made = await pick(other, root)
    const sha = made.picked === 'made' ? made.change.sha : ''
    expect(repository.git('ls-tree', '--name-only', sha).split('\n')).toEqual(['a.txt', 'b.txt'])
  })

  test('a branch and a tag are found by name; options, ranges and paths are not names', async () => {
    const one = repository.commit('one')
    repository.git('branch', 'anna/fix')
    repository.git('tag', 'v1.0')
    const find = (commit: string) => source.find({ git: repository.folder, branch: 'main', commit, signal })
    for (const word of ['anna/fix', 'v1.0', one.slice(0, 8), 'HEAD'])
      expect((await find(word)).sha, word).toBe(one)
    for (const word of ['--all', 'main..HEAD', 'HEAD:file', '@{u}', ''])
      await expect(find(word), word).rejects.toMatchObject({ code: 'source/not-a-commit-name' })
    await expect(find('no-such-branch')).rejects.toMatchObject({ code: 'source/no-commit', again: 'never' })
  })

  test('a branch of a remote repository is found, though the mirror follows another', async () => {
    const one = repository.commit('one')
    repository.git('checkout', '--quiet', '-b', 'fix')
    const fix = repository.commit('fix')
    const git = `file://${repository.folder}`
    const request = { git, branch: 'main', signal }
    expect((await source.find({ ...request, commit: 'fix' })).sha).toBe(fix)
    const made = await source.pick({ ...request, onto: one, commits: [fix] })
    expect(made).toMatchObject({ picked: 'made', change: { subject: 'fix' } })
  })

  test('a squash is known again by what it does to the files', async () => {
    const base = repository.commit('base', { 'a.txt': 'a\n' })
    repository.git('checkout', '--quiet', '-b', 'fix')
    const fix = repository.commit('fix', { 'a.txt': 'b\n' })
    repository.git('checkout', '--quiet', 'main')
    const other = repository.commit('other', { 'c.txt': 'c\n' })
    const squash = repository.commit('another text', { 'a.txt': 'b\n' })
    const made = await pick(base, fix)
    const commit = made.picked === 'made' ? made.change.sha : ''
    const heldBy = (line: readonly string[]) =>
      source.heldBy({ git: repository.folder, branch: 'main', commit, origins: [fix], line, signal })
    expect(await heldBy([base, other, squash])).toEqual({ by: squash, how: 'patch' })
    expect(await heldBy([base, other])).toBeUndefined()
    repository.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'fix')
    const merge = repository.git('rev-parse', 'HEAD')
    expect(await heldBy([base, other, merge])).toEqual({ by: merge, how: 'ancestry' })
  })
})

test('the origin joins trailers, which stay the last paragraph', () => {
  expect(withOrigin('a\n', 'f00')).toBe('a\n\n(cherry picked from commit f00)\n')
  expect(withOrigin('a\n\nSluice-Fixes: #1\n', 'f00')).toBe(
    'a\n\nSluice-Fixes: #1\n(cherry picked from commit f00)\n',
  )
})
