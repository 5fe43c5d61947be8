// Walks a folder without ever following a link, so nothing outside of it is read, whatever its links point at.
import { lstat, readdir, readlink } from 'node:fs/promises'
import { PortFailure } from '../../../ports/port-failure.ts'
import { bytePath, shownPath } from './byte-path.ts'

export type FoundEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly sizeBytes: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

/** Nobody ships more; a build that links its cache into its output would otherwise run for hours. */
const entriesMax = 1_000_000

export async function readFolder(folder: string): Promise<readonly FoundEntry[]> {
  const found: FoundEntry[] = []
  const open = ['']
  for (let within = open.pop(); within !== undefined; within = open.pop()) {
    const prefix = within === '' ? '' : `${within}/`
    const entries = await readdir(bytePath(folder, within), { encoding: 'buffer', withFileTypes: true })
    const read = await Promise.all(
      entries.map((entry) => readEntry(folder, `${prefix}${entry.name.toString('latin1')}`)),
    )
    for (const entry of read) {
      found.push(entry)
      if (entry.kind === 'folder') open.push(entry.path)
    }
    if (found.length > entriesMax) {
      throw new PortFailure(`${folder} holds more than ${entriesMax} files.`, {
        code: 'artifact/too-many-files',
        again: 'never',
      })
    }
  }
  return found
}

async function readEntry(folder: string, path: string): Promise<FoundEntry> {
  const place = bytePath(folder, path)
  const stats = await lstat(place)
  const mode = stats.mode & 0o777
  if (stats.isDirectory()) return { kind: 'folder', path, mode: mode | 0o700 }
  if (stats.isFile()) return { kind: 'file', path, mode, sizeBytes: stats.size }
  if (stats.isSymbolicLink()) {
    const target = await readlink(place, { encoding: 'buffer' })
    return { kind: 'link', path, target: target.toString('latin1') }
  }
  throw new PortFailure(
    `${shownPath(path)} is neither a file nor a folder nor a link (a socket, a pipe or a device); an artifact cannot hold it.`,
    { code: 'artifact/special-file', again: 'never' },
  )
}
