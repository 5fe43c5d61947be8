// The repository of the four components, made on the spot by a real git; each new version is a branch of its own.
import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gitEnvironment } from '../demo/shop-repository.ts'

const run = promisify(execFile)
const AUTHOR = 'Mara'

export type VersionChange = {
  readonly branch: string
  readonly version: string
  /** Customers and projects for whom this version fails. */
  readonly failsFor?: readonly string[]
}

export interface ComponentRepository {
  readonly folder: string
  /** A branch with one commit upon `main`, which stays as it is. */
  branch(change: VersionChange): Promise<void>
}

export async function createComponentRepository(
  template: string,
  folder: string,
): Promise<ComponentRepository> {
  const git = (...args: readonly string[]) =>
    run('git', ['-C', folder, ...args], { env: gitEnvironment(AUTHOR, folder) })
  await cp(template, folder, { recursive: true })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message', 'Four components')
  return {
    folder,
    branch: async ({ branch, version, failsFor = [] }) => {
      await git('switch', '--quiet', '--create', branch, 'main')
      await writeFile(join(folder, 'version.txt'), `${version}\n`)
      await writeFile(join(folder, 'flaw.json'), `${JSON.stringify({ failsFor })}\n`)
      await git('commit', '--quiet', '--all', '--message', `Version ${version}`)
      await git('switch', '--quiet', 'main')
    },
  }
}
