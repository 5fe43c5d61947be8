// A small view of a repository's folder: what `init` looks at, with limits, so that a huge one is not read whole.
import { execFile } from 'node:child_process'
import { open, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export type RepoFiles = {
  /** Name of the folder. */
  readonly name: string
  /** The branch that merged changes land on, when git knows one. */
  readonly branch: string | null
  /** Files that belong to the repository, with `/` between folders, sorted. */
  readonly paths: readonly string[]
  /** The first part of a text file; null when it is not there, or no text. */
  read(path: string): Promise<string | null>
}

const PATHS_MAX = 20_000
const FILE_BYTES_MAX = 256 * 1024
const GIT_LIMIT_MS = 10_000
const FOLDERS_SKIPPED = new Set([
  '.git',
  'node_modules',
  '.venv',
  'venv',
  'vendor',
  'dist',
  'build',
  'target',
  '.next',
])

export async function createFolderFiles(folder: string): Promise<RepoFiles> {
  const root = resolve(folder)
  const tracked = await git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  const paths = tracked === null ? await walk(root) : tracked.split('\0').filter((path) => path !== '')
  return {
    name: basename(root),
    branch: await mainBranch(root),
    paths: paths.slice(0, PATHS_MAX).sort(),
    read: (path) => readText(join(root, path)),
  }
}

/** What the remote calls its head; else the branch that is checked out. */
async function mainBranch(root: string): Promise<string | null> {
  const remote = await git(root, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'])
  if (remote !== null) return remote.trim().replace(/^origin\//, '')
  const local = await git(root, ['symbolic-ref', '--quiet', '--short', 'HEAD'])
  return local === null ? null : local.trim()
}

/** Null when git is not there, or the folder is none of its. */
async function git(root: string, parameters: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', root, ...parameters], {
      timeout: GIT_LIMIT_MS,
      maxBuffer: 32 * 1024 * 1024,
    })
    return stdout
  } catch {
    return null
  }
}

async function walk(root: string): Promise<string[]> {
  const paths: string[] = []
  const folders = ['']
  for (
    let folder = folders.shift();
    folder !== undefined && paths.length < PATHS_MAX;
    folder = folders.shift()
  ) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile()) paths.push(path)
      else if (entry.isDirectory() && !FOLDERS_SKIPPED.has(entry.name)) folders.push(path)
    }
  }
  return paths
}

async function readText(file: string): Promise<string | null> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(FILE_BYTES_MAX), 0, FILE_BYTES_MAX, 0)
      const bytes = buffer.subarray(0, bytesRead)
      return bytes.includes(0) ? null : bytes.toString('utf8')
    } finally {
      await handle.close()
    }
  } catch {
    return null
  }
}
