// Where the commits are read from: the repository itself when it is a folder here, else a bare mirror of our own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { PortFailure } from '../../../ports/port-failure.ts'
import { GitTrouble, gitLines, gitSaysYes, gitText } from './run-git.ts'
import { withoutPassword } from './source-failure.ts'

export type Repository = {
  readonly gitDir: string
  /** Address that the mirror follows; null for a repository that is read in place. */
  readonly remote: string | null
  /** What people call it; never with a password. */
  readonly shown: string
}

const objectName = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

/** `host:path` and `scheme://…` are remote, unless a folder of that very name exists. */
export function isRemote(git: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(git)) return true
  return /^[^/\\]+:/.test(git) && !existsSync(git)
}

export function mirrorsIn(stateDir: string): string {
  return join(stateDir, 'mirrors')
}

export function mirrorName(remote: string): string {
  return `${repositoryId(remote)}.git`
}

export function repositoryId(git: string): string {
  return createHash('sha256').update(git).digest('hex').slice(0, 24)
}

export async function openRepository(
  git: string,
  stateDir: string,
  signal?: AbortSignal,
): Promise<Repository> {
  if (git === '' || git.startsWith('-') || git.includes('\0') || /^[a-z0-9+.-]+::/i.test(git)) {
    throw new PortFailure(`source.git is ${JSON.stringify(git)}, which is neither a folder nor an address.`, {
      code: 'source/not-a-repository',
      again: 'never',
    })
  }
  return isRemote(git) ? await openMirror(git, stateDir, signal) : await openFolder(git, signal)
}

async function openFolder(git: string, signal?: AbortSignal): Promise<Repository> {
  const folder = isAbsolute(git) ? git : resolve(git)
  if (!existsSync(folder)) {
    throw new PortFailure(`${folder} does not exist. Check source.git.`, {
      code: 'source/not-a-repository',
      again: 'never',
    })
  }
  const answer = await gitText({
    args: ['-C', folder, 'rev-parse', '--path-format=absolute', '--git-common-dir'],
    signal,
  })
  return { gitDir: answer.trimEnd(), remote: null, shown: folder }
}

async function openMirror(remote: string, stateDir: string, signal?: AbortSignal): Promise<Repository> {
  const gitDir = join(mirrorsIn(stateDir), mirrorName(remote))
  if (!existsSync(join(gitDir, 'HEAD'))) {
    await mkdir(gitDir, { recursive: true })
    await gitText({ args: ['init', '--quiet', '--bare', '--template=', gitDir], signal })
    // Only for people who wonder what the folder is, and for saying what went.
    await writeFile(join(gitDir, 'description'), `${withoutPassword(remote)}\n`)
  }
  const now = new Date()
  await utimes(gitDir, now, now)
  return { gitDir, remote, shown: withoutPassword(remote) }
}

/** Brings the branch of a mirror up to date. Null when the remote has no such branch. */
export async function fetchBranch(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const { remote, gitDir } = repository
  if (remote === null) return await localHead(repository, branch, signal)
  const answer = await gitText({ args: ['ls-remote', '--', remote, `refs/heads/${branch}`], signal })
  const line = answer.split('\n').find((each) => each.endsWith(`\trefs/heads/${branch}`))
  if (line === undefined) return null
  const there = line.slice(0, line.indexOf('\t'))
  if (there !== (await localHead(repository, branch, signal))) {
    await fetchInto(gitDir, remote, `+refs/heads/${branch}:refs/heads/${branch}`, signal)
  }
  return await localHead(repository, branch, signal)
}

async function fetchInto(
  gitDir: string,
  remote: string,
  refspec: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await gitText({
      gitDir,
      args: ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', remote, refspec],
      signal,
    })
  } catch (error) {
    await dropHalfPacks(gitDir)
    throw error
  }
}

/** A fetch that was cut off leaves its half-written pack; a hundred megabytes at each try would fill the disk. */
async function dropHalfPacks(gitDir: string): Promise<void> {
  const folder = join(gitDir, 'objects', 'pack')
  if (!existsSync(folder)) return
  for (const name of await readdir(folder)) {
    if (name.startsWith('tmp_')) await rm(join(folder, name), { force: true })
  }
}

export async function localHead(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${branch}^{commit}`]
    return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
  } catch (error) {
    if (error instanceof GitTrouble && error.exitCode === 1) return null
    throw error
  }
}

export async function branchesOf(repository: Repository, signal?: AbortSignal): Promise<readonly string[]> {
  const { remote, gitDir } = repository
  const names: string[] = []
  const call =
    remote === null
      ? { gitDir, args: ['for-each-ref', '--format=x\t%(refname)', 'refs/heads/'], signal }
      : { args: ['ls-remote', '--heads', '--', remote], signal }
  for await (const line of gitLines(call))
    names.push(line.slice(line.indexOf('\t') + 'refs/heads/'.length + 1))
  return names
}

export async function hasCommit(repository: Repository, sha: string, signal?: AbortSignal): Promise<boolean> {
  if (!objectName.test(sha)) return false
  try {
    const args = ['cat-file', '-e', `${sha}^{commit}`]
    return await gitSaysYes({ gitDir: repository.gitDir, args, signal })
  } catch (error) {
    if (error instanceof GitTrouble && error.exitCode === 128) return false
    throw error
  }
}

/** The commit is at hand afterwards, or a failure says that nobody has it. */
export async function needCommit(
  repository: Repository,
  wanted: { readonly branch: string; readonly sha: string },
  signal?: AbortSignal,
): Promise<void> {
  if (await hasCommit(repository, wanted.sha, signal)) return
  if (repository.remote !== null && objectName.test(wanted.sha)) {
    if (wanted.branch !== '') await fetchBranch(repository, wanted.branch, signal)
    if (await hasCommit(repository, wanted.sha, signal)) return
    // Off the branch: forges hand out a commit by its name.
    await fetchInto(repository.gitDir, repository.remote, wanted.sha, signal)
    if (await hasCommit(repository, wanted.sha, signal)) return
  }
  throw new PortFailure(
    `${repository.shown} does not have commit ${wanted.sha}. Was it rewritten and collected, or never pushed?`,
    { code: 'source/no-commit', again: 'never' },
  )
}
