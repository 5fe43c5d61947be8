// Notices pushes as they happen. Only a hint: whoever polls finds the same a little later.
import { existsSync, mkdirSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../../ports/log.ts'
import { isRemote, openRepository, repositoryId } from './repository.ts'

type Watched = {
  readonly git: string
  readonly branch: string
  readonly stateDir: string
  readonly log: Log | undefined
}

/** One push touches several files; they make one hint. */
const settleMs = 20

/** The file that a `post-receive` hook touches. */
export function hintFile(stateDir: string, git: string): string {
  return join(stateDir, 'hints', repositoryId(git))
}

export function watchRefs(watched: Watched, hint: () => void): () => void {
  const watchers: FSWatcher[] = []
  let isOver = false
  let settling: NodeJS.Timeout | null = null

  const hintSoon = () => {
    if (isOver || settling !== null) return
    settling = setTimeout(() => {
      settling = null
      if (!isOver) hint()
    }, settleMs)
  }

  const watchFolder = (folder: string, isDeep: boolean, isOurs: (name: string) => boolean) => {
    if (isOver || !existsSync(folder)) return
    try {
      const watcher = watch(folder, { recursive: isDeep, persistent: false }, (_, name) => {
        if (name === null || isOurs(name)) hintSoon()
      })
      watcher.on('error', (error) => complain(watched, error))
      watchers.push(watcher)
    } catch (error) {
      complain(watched, error)
    }
  }

  const hints = join(watched.stateDir, 'hints')
  mkdirSync(hints, { recursive: true })
  const ownHint = repositoryId(watched.git)
  watchFolder(hints, false, (name) => name === ownHint)

  if (!isRemote(watched.git)) {
    openRepository(watched.git, watched.stateDir)
      .then(({ gitDir }) => {
        watchFolder(gitDir, false, (name) => name === 'packed-refs')
        watchFolder(join(gitDir, 'refs', 'heads'), true, (name) => name === watched.branch)
        watchFolder(join(gitDir, 'reftable'), false, (name) => name === 'tables.list')
        // What was pushed while the watch was being set up.
        hintSoon()
      })
      .catch((error: unknown) => complain(watched, error))
  }

  return () => {
    isOver = true
    if (settling !== null) clearTimeout(settling)
    for (const watcher of watchers) watcher.close()
  }
}

function complain({ log, git, branch }: Watched, error: unknown): void {
  log?.warn({ git, branch, error }, 'the repository cannot be watched; pushes are found by polling alone')
}
