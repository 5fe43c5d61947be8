// The files of all artifacts, each content once, named by its digest and never written again.
import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Up to here a file is read at once; larger ones go through a buffer of this size. */
export const wholeFileBytesMax = 1024 * 1024

export function objectPath(store: string, sha256: string): string {
  return join(store, 'objects', sha256.slice(0, 2), sha256)
}

/** Makes the folders that objects are spread over, once. */
export async function makeObjectFolders(store: string): Promise<void> {
  await mkdir(join(store, 'tmp'), { recursive: true })
  await mkdir(join(store, 'listings'), { recursive: true })
  await mkdir(join(store, 'objects'), { recursive: true })
  const there = new Set(await readdir(join(store, 'objects')))
  for (let index = 0; index < 256; index++) {
    const name = index.toString(16).padStart(2, '0')
    if (!there.has(name)) await mkdir(join(store, 'objects', name), { recursive: true })
  }
}

export type TakenFile = { readonly sha256: string; readonly sizeBytes: number; readonly isNew: boolean }

/** Takes a file's content into the store. It is complete and on the disk before it has its name. */
export async function takeFile(store: string, source: Buffer, temporary: string): Promise<TakenFile> {
  const from = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await from.stat()
    if (size <= wholeFileBytesMax) return await takeSmall(store, from, temporary)
    return await takeLarge(store, from, source, temporary)
  } finally {
    await from.close()
  }
}

async function takeSmall(store: string, from: FileHandle, temporary: string): Promise<TakenFile> {
  const content = await from.readFile()
  const sha256 = createHash('sha256').update(content).digest('hex')
  const taken = { sha256, sizeBytes: content.length }
  if (await isStored(store, sha256, content.length)) return { ...taken, isNew: false }
  const to = await open(temporary, 'wx', 0o444)
  try {
    await to.writeFile(content)
    await to.sync()
  } finally {
    await to.close()
  }
  await rename(temporary, objectPath(store, sha256))
  return { ...taken, isNew: true }
}

/** The copy is what gets its digest, so a file that is still being written cannot get a wrong one. */
async function takeLarge(
  store: string,
  from: FileHandle,
  source: Buffer,
  temporary: string,
): Promise<TakenFile> {
  const seen = await digestOf(from)
  if (await isStored(store, seen.sha256, seen.sizeBytes)) return { ...seen, isNew: false }
  await copyFile(source, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  const to = await open(temporary, 'r+')
  try {
    const copied = await digestOf(to)
    await to.chmod(0o444)
    await to.sync()
    await rename(temporary, objectPath(store, copied.sha256))
    return { ...copied, isNew: true }
  } finally {
    await to.close()
  }
}

async function isStored(store: string, sha256: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await stat(objectPath(store, sha256))).size === sizeBytes
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

export async function digestOf(
  file: FileHandle,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash: Hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(wholeFileBytesMax)
  let sizeBytes = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, sizeBytes)
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes }
    hash.update(buffer.subarray(0, bytesRead))
    sizeBytes += bytesRead
  }
}

/** A rename is on the disk when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What a crash left half-written. */
export async function clearTemporary(store: string): Promise<void> {
  for (const name of await readdir(join(store, 'tmp'))) {
    await rm(join(store, 'tmp', name), { recursive: true, force: true })
  }
}
