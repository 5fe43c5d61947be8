// What commits touch never changes, and is asked for again and again: each is read from the repository once.
import type { Touched } from '../domain/change/touched.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import { asPortFailure } from '../ports/port-failure.ts'
import type { Log } from '../ports/log.ts'

const KEPT_MAX = 5_000
const READ_MS = 5_000

export interface TouchedCache {
  /** Reads what is not known yet; what cannot be read stays unknown, and is asked for the next time. */
  read(git: string, commits: readonly string[]): Promise<void>
  known(sha: string): Touched | undefined
}

export function createTouchedCache({
  source,
  log,
}: {
  readonly source: Pick<ChangeSource, 'touched'>
  readonly log: Log
}): TouchedCache {
  const kept = new Map<string, Touched>()
  return {
    known: (sha) => kept.get(sha),
    read: async (git, commits) => {
      const missing = [...new Set(commits)].filter((sha) => !kept.has(sha))
      if (missing.length === 0 || !source.touched) return
      try {
        const found = await source.touched({ git, commits: missing, signal: AbortSignal.timeout(READ_MS) })
        for (const [sha, touched] of found) kept.set(sha, touched)
        for (const sha of kept.keys()) {
          if (kept.size <= KEPT_MAX) break
          kept.delete(sha)
        }
      } catch (error) {
        const { code, message } = asPortFailure(error)
        log.warn({ git, code, error: message }, 'what waiting changes touch could not be read')
      }
    },
  }
}
