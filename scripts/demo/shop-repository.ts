// The shop's repository, made on the spot by a real git: people with names of their own, and nothing of the machine's
// settings.
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { shopChanges, type ShopChange } from './shop-changes.ts'

const run = promisify(execFile)
const CONFIG = 'sluice.config.ts'

export interface ShopRepository {
  readonly folder: string
  /** Merges the change that becomes this release. */
  commit(release: keyof typeof shopChanges): Promise<ShopChange>
  /** Commits this change on a branch of its own, made from `from`; the watched branch stays as it is. */
  commitAside(branch: string, from: string, change: ShopChange): Promise<void>
  /** Merges a branch into the watched one. */
  merge(branch: string, author: string): Promise<void>
  /** Commits any change on the watched branch. */
  commitChange(change: ShopChange): Promise<void>
  /** Name of the newest commit of the watched branch. */
  head(): Promise<string>
  /** A plain `git revert` of the newest commit. */
  revertNewest(author: string): Promise<void>
}

/** The head of what is made here becomes `#1`; the shop was older than that. */
export async function createShopRepository(template: string, folder: string): Promise<ShopRepository> {
  const git = async (author: string, ...args: readonly string[]): Promise<void> => {
    await run('git', ['-C', folder, ...args], { env: gitEnvironment(author, folder) })
  }
  const commitAll = async (author: string, message: string): Promise<void> => {
    await git(author, 'add', '--all')
    await git(author, 'commit', '--quiet', '--message', message)
  }
  await cp(template, folder, { recursive: true })
  const config = await readFile(join(folder, CONFIG), 'utf8')
  await rm(join(folder, CONFIG))
  await git('Mara', 'init', '--quiet', '--initial-branch=main')
  await commitAll('Mara', 'A shop with five pages')
  await writeFile(join(folder, CONFIG), config)
  await commitAll('Jonas', 'Ship the shop with Sluice')

  return {
    folder,
    commit: async (release) => {
      const change: ShopChange = shopChanges[release]
      await apply(folder, change)
      await commitAll(change.author, change.message)
      return change
    },
    commitChange: async (change) => {
      await apply(folder, change)
      await commitAll(change.author, change.message)
    },
    commitAside: async (branch, from, change) => {
      await git(change.author, 'switch', '--quiet', '--create', branch, from)
      await apply(folder, change)
      await commitAll(change.author, change.message)
      await git(change.author, 'switch', '--quiet', 'main')
    },
    merge: (branch, author) => git(author, 'merge', '--quiet', '--no-ff', '--no-edit', branch),
    head: async () => {
      const { stdout } = await run('git', ['-C', folder, 'rev-parse', 'main'], {
        env: gitEnvironment('Mara', folder),
      })
      return stdout.trim()
    },
    revertNewest: (author) => git(author, 'revert', '--no-edit', 'HEAD'),
  }
}

async function apply(folder: string, { edits, newFiles }: ShopChange): Promise<void> {
  for (const { file, from, to } of edits) {
    const path = join(folder, file)
    const text = await readFile(path, 'utf8')
    if (!text.includes(from))
      throw new Error(
        `${file} of the shop no longer has ${JSON.stringify(from)}; mend scripts/demo/shop-changes.ts`,
      )
    await writeFile(
      path,
      text.replace(from, () => to),
    )
  }
  for (const [file, text] of Object.entries(newFiles ?? {})) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
}

/** Nothing of the machine's settings, and a name of their own for each author. */
export function gitEnvironment(author: string, folder: string): NodeJS.ProcessEnv {
  const email = `${author.toLowerCase()}@shop.example`
  return {
    PATH: process.env['PATH'],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: email,
  }
}
