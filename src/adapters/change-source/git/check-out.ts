// The files of one commit in a folder, through a private index: no work tree of anybody's is involved, and no `.git`
// ends up in the artifact.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PortFailure } from '../../../ports/port-failure.ts'
import { hasCommit, isRemote, needCommit, type Repository } from './repository.ts'
import { GitTrouble, gitLines, gitText } from './run-git.ts'

export type CheckOut = {
  readonly repository: Repository
  readonly sha: string
  readonly folder: string
  readonly signal: AbortSignal
  /** Opens a submodule's repository. */
  readonly open: (git: string) => Promise<Repository>
}

/** Submodules within submodules; deeper than this is a circle. */
const submoduleDepthMax = 8

export async function checkOutCommit(request: CheckOut, depth = 0): Promise<void> {
  const { repository, sha, folder, signal } = request
  await mkdir(folder, { recursive: true })
  if ((await readdir(folder)).length > 0) {
    throw new PortFailure(`${folder} is not empty; a checkout needs a folder of its own.`, {
      code: 'source/folder-in-use',
      again: 'never',
    })
  }
  const scratch = await mkdtemp(join(dirname(folder), '.sluice-index-'))
  try {
    const place = { gitDir: repository.gitDir, env: { GIT_INDEX_FILE: join(scratch, 'index') }, signal }
    const workTree = [`--work-tree=${folder}`, '-c', 'core.bare=false']
    await gitText({ ...place, cwd: folder, args: [...workTree, 'read-tree', '--reset', '-u', sha] })
    await checkOutSubmodules(request, await submodulesOf(place), depth)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

type Link = { readonly path: string; readonly sha: string }

async function submodulesOf(place: {
  readonly gitDir: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}): Promise<readonly Link[]> {
  const links: Link[] = []
  for await (const line of gitLines({ ...place, args: ['ls-files', '--stage'] })) {
    const found = /^160000 ([0-9a-f]+) 0\t(.*)$/.exec(line)
    if (found !== null) links.push({ sha: found[1]!, path: Buffer.from(found[2]!, 'latin1').toString() })
  }
  return links
}

async function checkOutSubmodules(request: CheckOut, links: readonly Link[], depth: number): Promise<void> {
  if (links.length === 0) return
  if (depth >= submoduleDepthMax) {
    throw new PortFailure(
      `Submodules of ${request.repository.shown} go more than ${submoduleDepthMax} deep.`,
      {
        code: 'source/submodule',
        again: 'never',
      },
    )
  }
  const named = await readModules(join(request.folder, '.gitmodules'), request.signal)
  for (const { path, sha } of links) {
    const repository = await submoduleRepository(request, named.get(path), { path, sha })
    await checkOutCommit({ ...request, repository, sha, folder: join(request.folder, path) }, depth + 1)
  }
}

type Module = { readonly name: string; readonly url: string }

/** Path of each declared submodule, with its name and address. */
async function readModules(file: string, signal: AbortSignal): Promise<ReadonlyMap<string, Module>> {
  if (!existsSync(file)) return new Map()
  const answer = await gitText({ args: ['config', '--file', file, '--list', '-z'], signal })
  const values = new Map<string, { path?: string; url?: string }>()
  for (const entry of answer.split('\0')) {
    const found = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry)
    if (found === null) continue
    const key = found[2] === 'path' ? 'path' : 'url'
    values.set(found[1]!, { ...values.get(found[1]!), [key]: found[3]! })
  }
  const modules = new Map<string, Module>()
  for (const [name, { path, url }] of values) {
    if (path !== undefined && url !== undefined) modules.set(path, { name, url })
  }
  return modules
}

/** What the repository itself keeps of its submodule first, then the address it names. */
async function submoduleRepository(
  request: CheckOut,
  declared: Module | undefined,
  link: Link,
): Promise<Repository> {
  const { repository, signal } = request
  if (declared === undefined)
    throw submoduleFailure(request, link, '.gitmodules does not say where it comes from')
  const within = join(repository.gitDir, 'modules', declared.name)
  if (!declared.name.split('/').includes('..') && existsSync(join(within, 'HEAD'))) {
    const kept: Repository = { gitDir: within, remote: null, shown: `submodule ${link.path}` }
    if (await hasCommit(kept, link.sha, signal)) return kept
  }
  try {
    const found = await request.open(await submoduleAddress(repository, declared.url, signal))
    await needCommit(found, { branch: '', sha: link.sha }, signal)
    return found
  } catch (error) {
    if (signal.aborted) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw submoduleFailure(request, link, why, error)
  }
}

/** `./x` and `../x` are meant from the address that the repository itself was cloned from. */
async function submoduleAddress(repository: Repository, url: string, signal: AbortSignal): Promise<string> {
  if (!url.startsWith('./') && !url.startsWith('../')) return url
  const base = repository.remote ?? (await originOf(repository, signal)) ?? dirname(repository.gitDir)
  if (!isRemote(base)) return resolve(base, url)
  const parts = base.replace(/\/+$/, '').split('/')
  for (const part of url.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

async function originOf(repository: Repository, signal: AbortSignal): Promise<string | null> {
  try {
    const args = ['config', '--get', 'remote.origin.url']
    return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
  } catch (error) {
    if (error instanceof GitTrouble && error.exitCode === 1) return null
    throw error
  }
}

function submoduleFailure(request: CheckOut, link: Link, why: string, cause?: unknown): PortFailure {
  return new PortFailure(
    `Submodule ${link.path} of ${request.repository.shown} at ${link.sha.slice(0, 10)} cannot be checked out: ${why}`,
    { code: 'source/submodule', again: 'never', cause },
  )
}
