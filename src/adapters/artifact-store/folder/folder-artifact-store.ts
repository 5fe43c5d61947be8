// Artifacts in a folder: `listings/<digest>` says what an artifact consists of, `objects/` holds every content once.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, rmdir, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ListedEntry, listedBytes, readListing, writeListing } from '../../../domain/artifact/listing.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { forEachAtOnce } from './at-once.ts'
import { artifactFailure, corruptArtifact } from './artifact-failure.ts'
import { bytePath } from './byte-path.ts'
import { canCloneTo, layFiles, setAside } from './lay-files.ts'
import { clearTemporary, makeObjectFolders, objectPath, syncFolder, takeFile } from './object-files.ts'
import { type FoundEntry, readFolder } from './read-folder.ts'
import { forgetBy } from './retain.ts'
import { sharedOrAlone } from './shared-or-alone.ts'

export type FolderArtifactStoreOptions = {
  /** Ours alone; one process at a time. */
  readonly dir: string
  readonly clock: Clock
}

const filesAtOnceMax = 16
const digestForm = /^sha256-[0-9a-f]{64}$/

export function createFolderArtifactStore(options: FolderArtifactStoreOptions): ArtifactStore {
  const { dir: store, clock } = options
  const gate = sharedOrAlone()
  const cloneable = new Map<string, boolean>()
  let opening: Promise<void> | null = null

  const open = () => {
    opening ??= makeObjectFolders(store).then(() => clearTemporary(store))
    return opening
  }
  /** A failure to open is not remembered: the disk may be there the next time. */
  const opened = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      await open().catch((error: unknown) => {
        opening = null
        throw error
      })
      return await work()
    } catch (error) {
      throw artifactFailure(error, what)
    }
  }

  const canClone = async (folder: string): Promise<boolean> => {
    const near = dirname(folder)
    const known = cloneable.get(near)
    if (known !== undefined) return known
    const answer = await canCloneTo(store, near)
    cloneable.set(near, answer)
    return answer
  }

  return {
    put: (folder) =>
      opened(`${folder} could not be stored`, () => gate.shared(() => putFolder(store, folder, clock.now()))),

    lay: (digest, folder) =>
      opened(`Artifact ${digest} could not be laid at ${folder}`, () =>
        gate.shared(async () => {
          const entries = await readArtifact(store, digest)
          await mkdir(dirname(folder), { recursive: true })
          await layWhole({ store, digest, entries, folder, canClone: await canClone(folder) })
        }),
      ),

    has: (digest) =>
      opened('The artifact store could not be read', () =>
        Promise.resolve(digestForm.test(digest) && existsSync(join(store, 'listings', digest))),
      ),

    retain: (rule) =>
      opened('Old artifacts could not be forgotten', () =>
        gate.alone(() => forgetBy(store, rule, clock.now())),
      ),
  }
}

async function putFolder(
  store: string,
  folder: string,
  nowMs: number,
): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const batch = join(store, 'tmp', randomUUID())
  await mkdir(batch)
  try {
    const entries = await takeAll(store, folder, await readFolder(folder), batch)
    const text = writeListing(entries)
    const digest = digestOfListing(text)
    await writeListingFile(store, digest, text, join(batch, 'listing'), nowMs)
    return { digest, sizeBytes: listedBytes(entries) }
  } finally {
    await rm(batch, { recursive: true, force: true })
  }
}

async function takeAll(
  store: string,
  folder: string,
  found: readonly FoundEntry[],
  batch: string,
): Promise<readonly ListedEntry[]> {
  const entries: ListedEntry[] = []
  const touched = new Set<string>()
  let count = 0
  await forEachAtOnce(found, filesAtOnceMax, async (entry) => {
    if (entry.kind !== 'file') {
      entries.push(entry)
      return
    }
    const temporary = join(batch, String(count++))
    const { isNew, ...taken } = await takeFile(store, bytePath(folder, entry.path), temporary)
    if (isNew) touched.add(dirname(objectPath(store, taken.sha256)))
    entries.push({ kind: 'file', path: entry.path, mode: entry.mode, ...taken })
  })
  await forEachAtOnce([...touched], filesAtOnceMax, syncFolder)
  return entries
}

/** Written last: from here on the artifact exists. One that was there already becomes the newest again. */
async function writeListingFile(
  store: string,
  digest: string,
  text: string,
  temporary: string,
  nowMs: number,
): Promise<void> {
  const file = await open(temporary, 'wx', 0o444)
  try {
    await file.writeFile(text, 'latin1')
    await file.utimes(nowMs / 1000, nowMs / 1000)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(store, 'listings', digest))
  await utimes(join(store, 'listings', digest), nowMs / 1000, nowMs / 1000)
  await syncFolder(join(store, 'listings'))
}

function digestOfListing(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'latin1').digest('hex')}`
}

async function readArtifact(store: string, digest: string): Promise<readonly ListedEntry[]> {
  const path = join(store, 'listings', digest)
  if (!digestForm.test(digest) || !existsSync(path)) {
    throw new PortFailure(`There is no artifact ${digest}. It was forgotten, or never built here.`, {
      code: 'artifact/unknown',
      again: 'never',
    })
  }
  const text = await readFile(path, 'latin1')
  const entries = digestOfListing(text) === digest ? readListing(text) : null
  if (entries !== null) return entries
  await setAside(store, digest, null)
  throw corruptArtifact(digest, 'its listing', 'is not what was stored')
}

/** Under another name until it is whole, so that nobody ever sees half an artifact. */
async function layWhole(laying: {
  readonly store: string
  readonly digest: string
  readonly entries: readonly ListedEntry[]
  readonly folder: string
  readonly canClone: boolean
}): Promise<void> {
  const partial = `${laying.folder}.${randomUUID().slice(0, 8)}.partial`
  try {
    await mkdir(partial)
    await layFiles({ ...laying, folder: partial })
    // Replaces an empty folder and nothing else.
    await rmdir(laying.folder).catch(() => undefined)
    if (existsSync(laying.folder)) {
      throw new PortFailure(`${laying.folder} is in use; an artifact is laid into a folder of its own.`, {
        code: 'artifact/folder-in-use',
        again: 'never',
      })
    }
    await rename(partial, laying.folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}
