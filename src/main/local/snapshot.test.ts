import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { snapshot } from './snapshot.ts'

async function repository(): Promise<{ folder: string; git: (...args: readonly string[]) => string }> {
  const folder = await mkdtemp(join(tmpdir(), 'snapshot-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=Anna', '-c', 'user.email=anna@shop.example', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  git('init', '-q', '-b', 'main')
  await writeFile(join(folder, 'kept.txt'), 'kept')
  await writeFile(join(folder, 'gone.txt'), 'gone')
  await writeFile(join(folder, '.gitignore'), 'secret.env\n')
  git('add', '-A')
  git('commit', '-qm', 'first')
  return { folder, git }
}

test('a snapshot holds what is changed, new and gone, and nothing that is ignored', async () => {
  const { folder, git } = await repository()
  await writeFile(join(folder, 'kept.txt'), 'changed')
  await writeFile(join(folder, 'new.txt'), 'new')
  await writeFile(join(folder, 'secret.env'), 'TOKEN=1')
  await rm(join(folder, 'gone.txt'))
  const status = git('status', '--porcelain')
  const { sha, label, isChanged } = await snapshot({ folder })
  expect(isChanged).toBe(true)
  expect(label).toMatch(new RegExp(`/main@${sha.slice(0, 5)}$`))
  expect(git('ls-tree', '-r', '--name-only', sha).split('\n')).toEqual(['.gitignore', 'kept.txt', 'new.txt'])
  expect(git('show', `${sha}:kept.txt`)).toBe('changed')
  expect(git('rev-parse', `${sha}^`)).toBe(git('rev-parse', 'main'))
  expect(git('status', '--porcelain'), 'the index is as it was').toBe(status)
  expect(git('branch', '--contains', sha)).toBe('')
})

test('the same content is the same commit again, and an unchanged folder is the commit it stands on', async () => {
  const { folder, git } = await repository()
  expect(await snapshot({ folder })).toMatchObject({ sha: git('rev-parse', 'main'), isChanged: false })
  await writeFile(join(folder, 'new.txt'), 'new')
  const once = await snapshot({ folder })
  expect(await snapshot({ folder })).toEqual(once)
})

test('a folder without a repository is told in words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snapshot-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await expect(snapshot({ folder })).rejects.toMatchObject({ code: 'cli/no-snapshot' })
})
