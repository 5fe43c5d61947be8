import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import { until } from '../../../../test/kit/until.ts'
import {
  changeSourceContract,
  type ChangeSourceBench,
} from '../../../extend/contracts/change-source.contract.ts'
import { createGitSource, type GitSource } from './git-source.ts'

const never = new AbortController().signal

function bench(remote: boolean): Promise<ChangeSourceBench> {
  const repository = scratchRepository()
  const stateDir = scratchFolder('source-state')
  const source = createGitSource({ stateDir })
  const git = remote ? `file://${repository.folder}` : repository.folder
  const hook = join(repository.folder, '.git', 'hooks', 'post-commit')
  // A remote one is heard of by its hook, a local one by its files.
  if (remote) {
    mkdirSync(join(repository.folder, '.git', 'hooks'), { recursive: true })
    writeFileSync(hook, source.hook(git))
    chmodSync(hook, 0o755)
  }
  return Promise.resolve({
    source: remote ? { ...source, watch: withFirstHint(source.watch.bind(source)) } : source,
    git,
    branch: 'main',
    commit: async (message, content) => repository.commit(message, { [`${content}.txt`]: content }),
    moveTo: async (sha) => void repository.git('reset', '--hard', '--quiet', sha),
    addBranch: async (branch) => {
      repository.git('checkout', '--quiet', '-b', branch)
      repository.commit('elsewhere')
    },
    until: async (claim) => void (await until('the claim', claim)),
    close: async () => {
      repository.remove()
      await rm(stateDir, { recursive: true })
    },
  })
}

/** A remote repository cannot be seen from here, so no first hint comes of itself. */
function withFirstHint(watch: GitSource['watch']): GitSource['watch'] {
  return (request, hint) => {
    const leave = watch(request, hint)
    hint()
    return leave
  }
}

changeSourceContract('git, in place', () => bench(false))
changeSourceContract('git, through a mirror', () => bench(true))

describe('git source', () => {
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

  const look = (after: string | null, git = repository.folder, branch = 'main', limit = 100) =>
    source.look({ git, branch, after, known: [], limit, signal: never })

  async function fresh(after: string | null) {
    const found = await look(after)
    if (found.found !== 'line') throw new Error(`found ${found.found}`)
    return found.changes
  }

  test('a merge is one change; the authors of what it merged are its co-authors', async () => {
    const base = repository.commit('base')
    repository.git('checkout', '--quiet', '-b', 'feature')
    repository.gitWith(
      { GIT_AUTHOR_NAME: 'Bea', GIT_AUTHOR_EMAIL: 'bea@example.com' },
      null,
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'part\n\nCo-authored-by: Dan <dan@example.com>',
    )
    repository.git('checkout', '--quiet', 'main')
    repository.git(
      'merge',
      '--quiet',
      '--no-ff',
      'feature',
      '-m',
      'Merge pull request #12 from o/feature\n\nPart',
    )
    const [change, ...others] = await fresh(base)
    expect(others).toEqual([])
    expect(change).toMatchObject({
      subject: 'Merge pull request #12 from o/feature',
      pullRequest: 12,
      author: { name: 'Anna Author' },
      committer: { name: 'Carl Committer', email: 'carl@example.com' },
      coAuthors: [
        { name: 'Bea', email: 'bea@example.com' },
        { name: 'Dan', email: 'dan@example.com' },
      ],
    })
  })

  test('the merge of a revert branch reverts; one that also takes its revert back does not', async () => {
    const base = repository.commit('base')
    const bad = repository.commit('bad')
    repository.git('checkout', '--quiet', '-b', 'undo')
    repository.git('revert', '--no-edit', bad)
    repository.git('checkout', '--quiet', 'main')
    repository.git('merge', '--quiet', '--no-ff', 'undo', '-m', 'Merge branch undo')
    expect((await fresh(bad))[0]!.says.revertsCommits).toEqual([bad])

    repository.git('reset', '--hard', '--quiet', bad)
    repository.git('checkout', '--quiet', 'undo')
    repository.git('revert', '--no-edit', 'HEAD')
    repository.git('checkout', '--quiet', 'main')
    repository.git('merge', '--quiet', '--no-ff', 'undo', '-m', 'Merge branch undo')
    expect((await fresh(bad))[0]!.says.revertsCommits).toEqual([])
    expect(base).not.toBe(bad)
  })

  test('a branch pushed the wrong way round loses nothing and brings nothing twice', async () => {
    const base = repository.commit('base')
    repository.git('checkout', '--quiet', '-b', 'feature')
    const early = repository.commit('early')
    repository.git('checkout', '--quiet', 'main')
    repository.git('merge', '--quiet', '--no-ff', 'feature', '-m', 'first merge')
    const seen = repository.git('rev-parse', 'HEAD')
    repository.git('checkout', '--quiet', 'feature')
    const late = repository.commit('late')
    repository.git('merge', '--quiet', '--no-ff', 'main', '-m', 'main into feature')
    const foxtrot = repository.git('rev-parse', 'HEAD')
    repository.git('branch', '--force', 'main', foxtrot)
    expect((await fresh(seen)).map((change) => change.sha)).toEqual([late, foxtrot])
    expect([base, early]).not.toContain(late)
  })

  test('messages and names that are not UTF-8 are read', async () => {
    repository.commit('base')
    const latin = (declared: boolean) =>
      repository.gitWith(
        { GIT_AUTHOR_NAME: 'Jörg' },
        Buffer.from('Gr\u00fc\u00dfe\n', 'latin1'),
        ...(declared ? ['-c', 'i18n.commitEncoding=ISO-8859-1'] : []),
        'commit',
        '--quiet',
        '--allow-empty',
        '--file=-',
      )
    const base = repository.git('rev-parse', 'HEAD')
    latin(true)
    latin(false)
    expect((await fresh(base)).map((change) => change.subject)).toEqual(['Grüße', 'Grüße'])
  })

  test('an empty message is read', async () => {
    const base = repository.commit('base')
    repository.commit('')
    expect((await fresh(base)).map((change) => change.subject)).toEqual([''])
  })

  test('settings of a person and of the repository change nothing', async () => {
    const base = repository.commit('base')
    const next = repository.commit('next')
    repository.git('checkout', '--quiet', '-b', 'elsewhere', base)
    repository.git('commit', '--quiet', '--allow-empty', '-m', 'between')
    repository.git('cherry-pick', next)
    const again = repository.git('rev-parse', 'HEAD')
    repository.git('config', 'log.showSignature', 'true')
    repository.git('config', 'format.pretty', 'oneline')
    repository.git('config', 'core.fsmonitor', `touch ${stateDir}/ran`)
    repository.git('config', 'core.sparseCheckout', 'true')
    repository.git('config', 'diff.external', `touch ${stateDir}/ran`)
    writeFileSync(join(repository.folder, '.git', 'info', 'sparse-checkout'), '/nothing\n')
    expect((await fresh(base)).map((change) => change.sha)).toEqual([next])
    repository.git('branch', '--force', 'main', again)
    expect(await look(next)).toMatchObject({ found: 'rewritten', carried: [{ lost: next, as: again }] })
    const folder = join(stateDir, 'checkout')
    await source.checkOut({ git: repository.folder, branch: 'main', sha: next, folder, signal: never })
    expect(readdirSync(folder).sort()).toEqual(['file-0.txt', 'file-1.txt'])
    expect(existsSync(join(stateDir, 'ran'))).toBe(false)
  })

  test('a look and a checkout leave the work tree, its index and the branches as they were', async () => {
    const one = repository.commit('one')
    writeFileSync(join(repository.folder, 'half-done.txt'), 'mine')
    const before = repository.git('status', '--porcelain') + repository.git('for-each-ref')
    await look(null)
    const folder = join(stateDir, 'checkout')
    await source.checkOut({ git: repository.folder, branch: 'main', sha: one, folder, signal: never })
    expect(repository.git('status', '--porcelain') + repository.git('for-each-ref')).toBe(before)
  })

  test('a folder that is no repository is refused for good, a remote that is away is tried again', async () => {
    await expect(look(null, stateDir)).rejects.toMatchObject({
      code: 'source/not-a-repository',
      again: 'never',
    })
    await expect(look(null, join(stateDir, 'nowhere'))).rejects.toMatchObject({
      code: 'source/not-a-repository',
    })
    const away = 'http://anna:s3cret@127.0.0.1:9/shop.git'
    const failure: unknown = await look(null, away).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'source/unreachable', again: 'retry' })
    expect(JSON.stringify([String(failure), failure])).not.toContain('s3cret')
  })

  test('a fetch that hangs is ended with its helper when the time is up', async () => {
    const marker = join(stateDir, 'helper')
    vi.stubEnv('GIT_SSH_COMMAND', `echo $$ > '${marker}'; exec sleep 60; :`)
    try {
      const over = new AbortController()
      const looking = source.look({
        git: 'ssh://nobody.example/shop.git',
        branch: 'main',
        after: null,
        known: [],
        limit: 1,
        signal: over.signal,
      })
      const settled = looking.catch((error: unknown) => error)
      const pid = await until('the helper', () => existsSync(marker) && readFileSync(marker, 'utf8').trim())
      over.abort()
      expect(await settled).toMatchObject({ code: 'source/gave-up', again: 'retry' })
      await until('the end of the helper', () => !existsSync(`/proc/${pid}`))
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('without the program git the failure says so', async () => {
    repository.commit('one')
    vi.stubEnv('PATH', stateDir)
    try {
      await expect(look(null)).rejects.toMatchObject({ code: 'source/no-git', again: 'retry' })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('a bare repository is watched too, also for a branch in a folder, and packing the refs loses nothing', async () => {
    const bare = scratchRepository({ bare: true })
    const git = bare.folder
    repository.commit('one')
    repository.git('push', '--quiet', git, 'main:team/main')
    let hints = 0
    const leave = source.watch({ git, branch: 'team/main' }, () => hints++)
    try {
      await until('the watch', () => hints > 0)
      for (const words of ['two', 'three']) {
        bare.git('pack-refs', '--all')
        const before = hints
        const sha = repository.commit(words)
        repository.git('push', '--quiet', git, 'main:team/main')
        await until(`a hint of ${words}`, () => hints > before)
        expect(await look(null, git, 'team/main')).toMatchObject({ changes: [{ sha }] })
      }
    } finally {
      leave()
      bare.remove()
    }
  })

  test('the hook is a shell script that pokes the watch and never fails', async () => {
    const git = 'https://forge.example/o’s/shop.git'
    const script = join(stateDir, 'post-receive')
    writeFileSync(script, source.hook(git), { mode: 0o755 })
    execFileSync(script)
    let hints = 0
    const leave = source.watch({ git, branch: 'main' }, () => hints++)
    try {
      await until('a hint', () => {
        execFileSync(script)
        return hints > 0
      })
    } finally {
      leave()
    }
  })

  test.each(['ext::sh -c "touch ran"', '--upload-pack=touch', '', 'fd::7'])(
    'the address %j runs nothing',
    async (git) => {
      await expect(look(null, git)).rejects.toMatchObject({ code: 'source/not-a-repository' })
    },
  )

  test.each(['--all', 'a..b', 'main^{tree}', 'a b', '@{-1}'])(
    'the branch name %j is refused',
    async (branch) => {
      repository.commit('one')
      await expect(look(null, repository.folder, branch)).rejects.toMatchObject({ code: 'source/no-branch' })
    },
  )

  test('the nearest branch is named first', async () => {
    repository.commit('one')
    for (const branch of ['wip', 'mian', 'release']) repository.git('branch', branch)
    repository.git('branch', '-m', 'main', 'trunk')
    await expect(look(null)).rejects.toThrow(/It has: mian/)
  })

  test('two binary files changed differently are not taken for the same patch', async () => {
    writeFileSync(join(repository.folder, 'image'), Buffer.from([0, 1, 2, 3]))
    const base = repository.commit('base', {})
    writeFileSync(join(repository.folder, 'image'), Buffer.from([0, 9, 9, 9]))
    const lost = repository.commit('change', {})
    repository.git('reset', '--hard', '--quiet', base)
    writeFileSync(join(repository.folder, 'image'), Buffer.from([0, 7, 7]))
    repository.commit('change', {})
    expect(await look(lost)).toMatchObject({ found: 'rewritten', carried: [] })
  })

  test('a mirror notices a forced push, and still has what was lost', async () => {
    const git = `file://${repository.folder}`
    const base = repository.commit('base')
    const lost = repository.commit('lost')
    await look(null, git)
    repository.git('reset', '--hard', '--quiet', base)
    const instead = repository.commit('instead')
    repository.git('reflog', 'expire', '--expire=now', '--all')
    repository.git('gc', '--quiet', '--prune=now')
    const found = await look(lost, git)
    expect(found).toMatchObject({ found: 'rewritten', fork: base, fresh: [{ sha: instead }] })
    const folder = join(stateDir, 'old')
    await source.checkOut({ git, branch: 'main', sha: lost, folder, signal: never })
    expect(existsSync(join(folder, 'file-1.txt'))).toBe(true)
  })

  test('a kept commit survives the collection of the repository', async () => {
    const base = repository.commit('base')
    const kept = repository.commit('kept')
    const left = repository.commit('left')
    await source.keep({ git: repository.folder, refs: new Map([['refs/sluice/shop/2', kept]]) })
    repository.git('reset', '--hard', '--quiet', base)
    repository.git('reflog', 'expire', '--expire=now', '--all')
    repository.git('gc', '--quiet', '--prune=now')
    expect(repository.git('cat-file', '-t', kept)).toBe('commit')
    expect(() => repository.git('cat-file', '-t', left)).toThrow()
  })

  test('a checkout has modes, links and submodules, and no .git', async () => {
    const inner = scratchRepository()
    try {
      inner.commit('inner', { 'inside.txt': 'inside' })
      repository.git('submodule', '--quiet', 'add', inner.folder, 'vendor/inner')
      const script = join(repository.folder, 'run.sh')
      writeFileSync(script, '#!/bin/sh\n')
      chmodSync(script, 0o755)
      symlinkSync('run.sh', join(repository.folder, 'link'))
      const sha = repository.commit('all kinds', { 'folder/ü.txt': 'text' })
      for (const git of [repository.folder, `file://${repository.folder}`]) {
        const folder = join(stateDir, git.startsWith('file') ? 'mirrored' : 'in-place')
        await source.checkOut({ git, branch: 'main', sha, folder, signal: never })
        expect(statSync(join(folder, 'run.sh')).mode & 0o111).not.toBe(0)
        expect(statSync(join(folder, 'folder/ü.txt')).mode & 0o111).toBe(0)
        expect(readlinkSync(join(folder, 'link'))).toBe('run.sh')
        expect(readFileSync(join(folder, 'vendor/inner/inside.txt'), 'utf8')).toBe('inside')
        const found = execFileSync('find', [folder, '-name', '.git*']).toString().trim().split('\n')
        expect(found).toEqual([join(folder, '.gitmodules')])
      }
    } finally {
      inner.remove()
    }
  })

  test('a commit that nobody has cannot be checked out', async () => {
    repository.commit('one')
    const request = { branch: 'main', sha: 'abad1dea'.repeat(5), folder: join(stateDir, 'x'), signal: never }
    for (const git of [repository.folder, `file://${repository.folder}`]) {
      await expect(source.checkOut({ ...request, git })).rejects.toMatchObject({ code: 'source/no-commit' })
    }
  })

  test('a message of many megabytes keeps its subject and its trailers', async () => {
    const base = repository.commit('base')
    repository.commit(`subject\n\n${'words and words\n'.repeat(400_000)}\nSluice-Fixes: #7\n`)
    const [change] = await fresh(base)
    expect(change).toMatchObject({ subject: 'subject', says: { fixes: ['#7'] } })
  })
})
