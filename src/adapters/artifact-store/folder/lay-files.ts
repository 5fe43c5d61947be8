// Copies an artifact out of the store. What is laid is what was checked: the bytes are hashed on their way, or the
// copy is, never the original before it is copied.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedEntry } from '../../../domain/artifact/listing.ts'
import { forEachAtOnce } from './at-once.ts'
import { corruptArtifact } from './artifact-failure.ts'
import { bytePath, shownPath } from './byte-path.ts'
import { digestOf, objectPath, wholeFileBytesMax } from './object-files.ts'

type ListedFile = Extract<ListedEntry, { readonly kind: 'file' }>

const filesAtOnceMax = 16

export async function layFiles(laying: {
  readonly store: string
  readonly digest: string
  readonly entries: readonly ListedEntry[]
  readonly folder: string
  /** The disk shares blocks between copies, so that even small files are better cloned than written. */
  readonly canClone: boolean
}): Promise<void> {
  const { entries, folder } = laying
  const folders = entries.filter((entry) => entry.kind === 'folder')
  // Sorted by path, so a folder comes before what is in it.
  for (const entry of folders) await mkdir(bytePath(folder, entry.path))
  const files = entries.filter((entry) => entry.kind === 'file')
  await forEachAtOnce(files, filesAtOnceMax, (file) => layFile(laying, file))
  for (const entry of entries) {
    if (entry.kind === 'link')
      await symlink(Buffer.from(entry.target, 'latin1'), bytePath(folder, entry.path))
  }
  for (const entry of folders.toReversed()) await chmod(bytePath(folder, entry.path), entry.mode)
}

async function layFile(
  laying: {
    readonly store: string
    readonly digest: string
    readonly folder: string
    readonly canClone: boolean
  },
  file: ListedFile,
): Promise<void> {
  const object = objectPath(laying.store, file.sha256)
  const place = bytePath(laying.folder, file.path)
  try {
    const sha256 =
      laying.canClone || file.sizeBytes > wholeFileBytesMax
        ? await cloneFile(object, place)
        : await writeFileFrom(object, place)
    if (sha256 !== file.sha256) {
      await setAside(laying.store, laying.digest, file.sha256)
      throw corruptArtifact(laying.digest, shownPath(file.path), 'is not what was stored')
    }
    await chmod(place, file.mode)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    await setAside(laying.store, laying.digest, file.sha256)
    throw corruptArtifact(laying.digest, shownPath(file.path), 'is missing from the store')
  }
}

async function writeFileFrom(object: string, place: Buffer): Promise<string> {
  const content = await readFile(object)
  await writeFile(place, content, { flag: 'wx' })
  return createHash('sha256').update(content).digest('hex')
}

async function cloneFile(object: string, place: Buffer): Promise<string> {
  await copyFile(object, place, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  const copy = await open(place, 'r')
  try {
    return (await digestOf(copy)).sha256
  } finally {
    await copy.close()
  }
}

/** Out of the way, so that building again stores it anew; kept, so that somebody can look at it. */
export async function setAside(store: string, digest: string, sha256: string | null): Promise<void> {
  const aside = join(store, 'corrupt')
  await mkdir(aside, { recursive: true })
  await moveIfThere(join(store, 'listings', digest), join(aside, digest))
  if (sha256 !== null) await moveIfThere(objectPath(store, sha256), join(aside, sha256))
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

/** Can files be cloned from the store to this folder? Asked of the disk, with a file of our own. */
export async function canCloneTo(store: string, folder: string): Promise<boolean> {
  const probe = join(store, 'tmp', 'clone-probe')
  const copy = join(folder, '.clone-probe')
  try {
    await writeFile(probe, 'x'.repeat(4096))
    await copyFile(probe, copy, constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    return false
  } finally {
    await rm(copy, { force: true })
  }
}
