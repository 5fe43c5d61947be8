// A working folder as a commit of its own, as git sees it: tracked, changed and new files, and nothing that is
// ignored. Neither the index nor a branch of the folder's owner is touched.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'

const SHORT = 5

/** The same content upon the same commit is the same commit again, so that it is built once. */
export async function snapshot({
  folder,
}: Parameters<CliWork['snapshot']>[0]): Promise<Awaited<ReturnType<CliWork['snapshot']>>> {
  const git = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => run(folder, args, env)
  const top = await git(['rev-parse', '--show-toplevel'])
  const head = await git(['rev-parse', '--verify', 'HEAD^{commit}'])
  const branch = await git(['rev-parse', '--abbrev-ref', 'HEAD'])
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-snapshot-'))
  try {
    const index = { GIT_INDEX_FILE: join(scratch, 'index') }
    await run(top, ['read-tree', head], index)
    await run(top, ['add', '--all', '.'], index)
    const tree = await run(top, ['write-tree'], index)
    const isChanged = tree !== (await git(['rev-parse', `${head}^{tree}`]))
    const sha = isChanged ? await commitOf(top, tree, head) : head
    const name = branch === 'HEAD' ? head.slice(0, SHORT) : branch
    return { top, sha, label: `${userInfo().username}/${name}@${sha.slice(0, SHORT)}`, isChanged }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Written at the time of the commit it stands on, and by its reader's own name: nothing in it changes by itself. */
async function commitOf(top: string, tree: string, head: string): Promise<string> {
  const at = await run(top, ['show', '--no-patch', '--format=%ct', head])
  const who = userInfo().username
  const names = ['AUTHOR', 'COMMITTER'].flatMap((part) => [
    [`GIT_${part}_NAME`, who],
    [`GIT_${part}_EMAIL`, `${who}@localhost`],
    [`GIT_${part}_DATE`, `${at} +0000`],
  ])
  const args = ['commit-tree', tree, '-p', head, '-m', 'what lies in the working folder']
  return run(top, args, Object.fromEntries(names))
}

async function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { stdout } = await execa('git', ['-c', 'core.hooksPath=/dev/null', ...args], {
      cwd,
      env,
      stdin: 'ignore',
    })
    return stdout.trim()
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new CliFailure(
      EXIT.failed,
      'cli/no-snapshot',
      `the working folder ${cwd} could not be read by git: ${why}. "deploy ." needs a git repository with at least one commit`,
      { cause: error },
    )
  }
}
