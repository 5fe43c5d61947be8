// What commits do to files, against their first parents. Commits that are not at hand are passed over.
import { FILES_KEPT_MAX, type Touched, type TouchedFile } from '../../../domain/change/touched.ts'
import { zeroEnded } from './read-changes.ts'
import type { Repository } from './repository.ts'
import { gitBytes } from './run-git.ts'

/** Before the name of a commit: no number begins so. */
const MARK = '\u0001'

export async function touchedFiles(
  repository: Repository,
  commits: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Touched>> {
  const found = new Map<string, Touched>()
  const names = commits.filter((sha) => /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(sha))
  if (names.length === 0) return found
  const call = {
    gitDir: repository.gitDir,
    args: [
      '-c',
      'log.showRoot=true',
      'log',
      '--no-walk=unsorted',
      '--ignore-missing',
      '--stdin',
      '-z',
      '--format=tformat:%x01%H',
      '--numstat',
      '-M',
      '--diff-merges=first-parent',
      '--no-ext-diff',
      '--no-textconv',
      '--no-color',
    ],
    input: names.map((sha) => `${sha}\n`).join(''),
    signal,
  }
  const fields = zeroEnded(gitBytes(call))
  let sha = ''
  for await (const field of fields) {
    const text = field.replace(/^\n/, '')
    if (text.startsWith(MARK)) {
      sha = text.slice(MARK.length)
      found.set(sha, { files: [], count: 0, added: 0, removed: 0 })
      continue
    }
    const [, added = '-', removed = '-', path = ''] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(text) ?? []
    const known = found.get(sha)
    if (!known || text === '') continue
    // A file that moved is said by two more fields: where it was, and where it is.
    const place = path === '' ? await second(fields) : path
    found.set(sha, withFile(known, { path: place, added: lines(added), removed: lines(removed) }))
  }
  return found
}

async function second(fields: AsyncGenerator<string>): Promise<string> {
  await fields.next()
  const { value } = await fields.next()
  return typeof value === 'string' ? value : ''
}

function lines(count: string): number | null {
  return count === '-' ? null : Number(count)
}

function withFile({ files, count, added, removed }: Touched, file: TouchedFile): Touched {
  return {
    files: files.length < FILES_KEPT_MAX ? [...files, file] : files,
    count: count + 1,
    added: added + (file.added ?? 0),
    removed: removed + (file.removed ?? 0),
  }
}
