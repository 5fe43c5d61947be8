// Artifacts in memory, for scenarios and simulation. Keeps every promise but one: it is gone with the process.
import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ListedEntry, listedBytes, writeListing } from '../../../domain/artifact/listing.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

type Stored = {
  readonly entries: readonly ListedEntry[]
  readonly contents: ReadonlyMap<string, Uint8Array>
  readonly sizeBytes: number
  readonly putAtMs: number
}

export type MemoryArtifactStore = ArtifactStore & {
  /** Stores an artifact of one text file without a disk, and returns its digest. */
  add(text: string): string
}

export function createMemoryArtifactStore(options: { readonly clock: Clock }): MemoryArtifactStore {
  const { clock } = options
  const stored = new Map<string, Stored>()

  const store = (entries: readonly ListedEntry[], contents: ReadonlyMap<string, Uint8Array>) => {
    const digest = `sha256-${createHash('sha256').update(writeListing(entries), 'latin1').digest('hex')}`
    const sizeBytes = listedBytes(entries)
    // Deleted first, so that a second put makes it the newest.
    stored.delete(digest)
    stored.set(digest, { entries, contents, sizeBytes, putAtMs: clock.now() })
    return { digest, sizeBytes }
  }

  return {
    put: async (folder) => {
      const entries: ListedEntry[] = []
      const contents = new Map<string, Uint8Array>()
      for (const path of await readdir(folder, { recursive: true })) {
        entries.push(await readEntry(folder, path, contents))
      }
      return store(entries, contents)
    },

    lay: async (digest, folder) => {
      const artifact = stored.get(digest)
      if (artifact === undefined) {
        throw new PortFailure(`There is no artifact ${digest}.`, { code: 'artifact/unknown', again: 'never' })
      }
      await mkdir(folder, { recursive: true })
      if ((await readdir(folder)).length > 0) {
        throw new PortFailure(`${folder} is in use.`, { code: 'artifact/folder-in-use', again: 'never' })
      }
      await layEntries(artifact, folder)
    },

    has: (digest) => Promise.resolve(stored.has(digest)),

    retain: (rule) => {
      const gone: string[] = []
      const total = () => [...stored.values()].reduce((sum, artifact) => sum + artifact.sizeBytes, 0)
      for (const [digest, artifact] of stored) {
        const isTooOld = clock.now() - artifact.putAtMs > rule.olderThanMs
        if (rule.keep.has(digest) || (!isTooOld && total() <= rule.bytesMax)) continue
        stored.delete(digest)
        gone.push(digest)
      }
      return Promise.resolve(gone)
    },

    add: (text) => {
      const content = Buffer.from(text)
      const sha256 = createHash('sha256').update(content).digest('hex')
      const sizeBytes = content.length
      const entries = [{ kind: 'file', path: 'content', mode: 0o644, sizeBytes, sha256 }] as const
      return store(entries, new Map([[sha256, content]])).digest
    },
  }
}

async function readEntry(
  folder: string,
  name: string,
  contents: Map<string, Uint8Array>,
): Promise<ListedEntry> {
  const place = join(folder, name)
  const path = Buffer.from(name).toString('latin1')
  const stats = await lstat(place)
  const mode = stats.mode & 0o777
  if (stats.isDirectory()) return { kind: 'folder', path, mode: mode | 0o700 }
  if (stats.isSymbolicLink()) {
    return { kind: 'link', path, target: Buffer.from(await readlink(place)).toString('latin1') }
  }
  if (!stats.isFile()) {
    throw new PortFailure(`${name} is neither a file nor a folder nor a link.`, {
      code: 'artifact/special-file',
      again: 'never',
    })
  }
  const content = await readFile(place)
  const sha256 = createHash('sha256').update(content).digest('hex')
  contents.set(sha256, content)
  return { kind: 'file', path, mode, sizeBytes: content.length, sha256 }
}

async function layEntries(artifact: Stored, folder: string): Promise<void> {
  const text = (bytes: string) => Buffer.from(bytes, 'latin1').toString()
  const inOrder = artifact.entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  for (const entry of inOrder) {
    const place = join(folder, text(entry.path))
    if (entry.kind === 'folder') await mkdir(place)
    else if (entry.kind === 'link') await symlink(text(entry.target), place)
    else {
      await writeFile(place, artifact.contents.get(entry.sha256)!)
      await chmod(place, entry.mode)
    }
  }
}
