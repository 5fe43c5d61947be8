// Three services in one repository, with a real git history: merges, a merge that mends, moves, rewrites.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createGitSource } from './git-source.ts'

let folder: string
let repo: string
let first: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-paths-'))
  repo = join(folder, 'repo')
  await mkdir(repo)
  git('init', '-q', '-b', 'main')
  first = await commit('all three', {
    'services/api/a.ts': '1',
    'services/web/w.ts': '1',
    'libs/money/m.ts': '1',
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=Anna', '-c', 'user.email=anna@shop.example']
  return execFileSync('git', ['-C', repo, ...who, ...args], { encoding: 'utf8' }).trim()
}

async function commit(message: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(repo, name)), { recursive: true })
    await writeFile(join(repo, name), text)
  }
  git('add', '-A')
  git('commit', '-q', '-m', message)
  return git('rev-parse', 'HEAD')
}

async function look(
  paths: readonly string[],
  after: string | null = first,
  more: { known?: string[]; limit?: number } = {},
) {
  const source = createGitSource({ stateDir: join(folder, 'state') })
  return source.look({
    git: repo,
    branch: 'main',
    paths,
    after,
    known: more.known ?? [],
    limit: more.limit ?? 100,
    signal: new AbortController().signal,
  })
}
const subjects = async (...asked: Parameters<typeof look>): Promise<readonly string[]> => {
  const found = await look(...asked)
  return found.found === 'line'
    ? found.changes.map(({ subject, others }) => (others ? `${subject} (+${others.count})` : subject))
    : []
}

test('each service takes what touches it, and what lies between goes along', async () => {
  await commit('api grows', { 'services/api/a.ts': '2' })
  await commit('web only', { 'services/web/w.ts': '2' })
  await commit('words', { 'README.md': 'words' })
  await commit('money counts better', { 'libs/money/m.ts': '2' })
  expect(await subjects(['services/api', 'libs/money'])).toEqual(['api grows', 'money counts better (+2)'])
  expect(await subjects(['services/web', 'libs/money'])).toEqual([
    'web only (+1)',
    'money counts better (+1)',
  ])
  expect(await subjects(['services/mail'])).toEqual([])
})

test('a merge counts by what it brings, and not by what its branch began with', async () => {
  git('checkout', '-q', '-b', 'feature')
  await commit('api on a branch', { 'services/api/a.ts': '3' })
  await commit('words on a branch', { 'README.md': 'words' })
  git('checkout', '-q', 'main')
  await commit('web meanwhile', { 'services/web/w.ts': '3' })
  git('merge', '-q', '--no-ff', '-m', 'Merge feature', 'feature')
  expect(await subjects(['services/api'])).toEqual(['Merge feature (+1)'])
  expect(await subjects(['services/web'])).toEqual(['web meanwhile'])
})

test('patterns, what is left out, moves away and removals', async () => {
  await commit('a test of api', { 'services/api/a.test.ts': '1' })
  await commit('api and its words', { 'services/api/README.md': '1', 'services/api/a.ts': '4' })
  git('mv', 'services/web/w.ts', 'services/web/moved.ts')
  git('commit', '-q', '-m', 'web moves')
  git('rm', '-q', 'services/api/a.ts')
  git('commit', '-q', '-m', 'api goes')
  expect(await subjects(['services/api', '!**/*.test.ts'])).toEqual([
    'api and its words (+1)',
    'api goes (+1)',
  ])
  expect(await subjects(['services/*/*.md'])).toEqual(['api and its words (+1)'])
  expect(await subjects(['services/web'])).toEqual(['web moves (+2)'])
})

test('the oldest come first where there are many, and the next look goes on after them', async () => {
  for (const number of [1, 2, 3]) {
    await commit(`api ${number}`, { 'services/api/a.ts': `n${number}` })
    await commit(`web ${number}`, { 'services/web/w.ts': `n${number}` })
  }
  const found = await look(['services/api'], first, { limit: 2 })
  expect(found).toMatchObject({ changes: [{ subject: 'api 1' }, { subject: 'api 2' }] })
  const last = found.found === 'line' ? found.changes.at(-1)?.sha : undefined
  expect(await subjects(['services/api'], last ?? null)).toEqual(['api 3 (+1)'])
})

test('after a rewrite the fork is the newest release that is still there, and only its own commits are new', async () => {
  const one = await commit('api one', { 'services/api/a.ts': 'one' })
  await commit('web one', { 'services/web/w.ts': 'one' })
  const lost = await commit('api two', { 'services/api/a.ts': 'two' })
  git('reset', '-q', '--hard', 'HEAD~1')
  await commit('web two', { 'services/web/w.ts': 'two' })
  await commit('api two, better', { 'services/api/a.ts': 'better' })
  const found = await look(['services/api'], lost, { known: [lost, one, first] })
  expect(found).toMatchObject({ found: 'rewritten', fork: one, fresh: [{ subject: 'api two, better' }] })
})

test('a path is a path, whatever it looks like', async () => {
  await commit('odd', { 'services/:(top)x/a.ts': '1', 'services/--all/b.ts': '1' })
  expect(await subjects(['services/--all'])).toEqual(['odd'])
  expect(await subjects(['services/:(top)x'])).toEqual(['odd'])
})
