// Lays what a tar archive holds into an empty folder of ours. Nothing leads out of it: no name, no link, and no file
// that would be written through a link, for links come last.
import { chmod, copyFile, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { BadArchive } from './bad-archive.ts'
import { byteReader } from './byte-reader.ts'
import { tarEntries, type TarEntry } from './tar-entries.ts'

export type UnpackLimits = {
  readonly bytesMax: number
  readonly entriesMax: number
}

type Link = { readonly path: string; readonly target: string }

/** Throws BadArchive for what cannot be taken; the folder then holds a part of it. */
export async function unpackTar(
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  limits: UnpackLimits,
): Promise<void> {
  const files = new Set<string>()
  const links: Link[] = []
  let entries = 0
  let unpacked = 0
  for await (const entry of tarEntries(byteReader(bytes))) {
    entries += 1
    unpacked += entry.sizeBytes
    if (entries > limits.entriesMax)
      throw new BadArchive(`the archive holds more than ${limits.entriesMax} files`, 'artifact/too-large')
    if (unpacked > limits.bytesMax)
      throw new BadArchive(
        `what the archive holds takes more than ${limits.bytesMax / 1024 ** 2} MiB`,
        'artifact/too-large',
      )
    const path = innerPath(entry.path)
    if (entry.kind === 'link') links.push(linkOf(path, entry))
    else await layEntry(folder, path, entry, files)
  }
  if (files.size === 0) throw new BadArchive('the archive holds no file; pack what your build made')
  await layLinks(folder, links)
}

async function layEntry(folder: string, path: string, entry: TarEntry, files: Set<string>): Promise<void> {
  const place = join(folder, path)
  try {
    if (entry.kind === 'folder') {
      await mkdir(place, { recursive: true })
      // Its owner may always write into a folder, or nobody could clear it away.
      await chmod(place, entry.mode | 0o700)
      return
    }
    if (path === '') throw new BadArchive('a file in the archive has no name')
    if (files.has(path)) throw new BadArchive(`${JSON.stringify(path)} is in the archive twice`)
    files.add(path)
    await mkdir(dirname(place), { recursive: true })
    if (entry.kind === 'file') await writeContent(place, entry)
    else await copyFrom(folder, place, entry, files)
  } catch (error) {
    if (isOneOf(error, ['ENOTDIR', 'EEXIST', 'EISDIR', 'ENAMETOOLONG']))
      throw new BadArchive(
        `${JSON.stringify(path)} cannot be laid: it is too long, or is in the archive as a file and as a folder`,
      )
    throw error
  }
}

async function writeContent(place: string, { content, mode }: TarEntry): Promise<void> {
  const file = await open(place, 'wx', 0o600)
  try {
    for await (const piece of content()) await file.write(piece)
    await file.chmod(mode | 0o400)
  } finally {
    await file.close()
  }
}

/** A second name of a file that came before becomes a file of its own. */
async function copyFrom(
  folder: string,
  place: string,
  { path, target }: TarEntry,
  files: ReadonlySet<string>,
): Promise<void> {
  const first = innerPath(target)
  if (!files.has(first))
    throw new BadArchive(
      `${JSON.stringify(path)} is a second name of ${JSON.stringify(target)}, which did not come before it`,
    )
  await copyFile(join(folder, first), place)
}

/** All folders first: a link in the place of a folder is then found out, and never written through. */
async function layLinks(folder: string, links: readonly Link[]): Promise<void> {
  for (const { path } of links) await mkdir(dirname(join(folder, path)), { recursive: true })
  for (const { path, target } of links)
    try {
      await symlink(target, join(folder, path))
    } catch (error) {
      if (isOneOf(error, ['EEXIST']))
        throw new BadArchive(`the link ${JSON.stringify(path)} stands where the archive has something else`)
      throw error
    }
}

function linkOf(path: string, { target }: TarEntry): Link {
  const leadsTo = posix.normalize(posix.join(posix.dirname(path), target))
  if (
    path === '' ||
    target === '' ||
    target.includes('\0') ||
    posix.isAbsolute(target) ||
    /^\.\.(\/|$)/.test(leadsTo)
  )
    throw new BadArchive(
      `the link ${JSON.stringify(path)} leads out of the artifact, to ${JSON.stringify(target)}`,
    )
  return { path, target }
}

/** Relative, without `.`; `` is the artifact itself. */
function innerPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (path.startsWith('/') || path.includes('\0') || parts.includes('..'))
    throw new BadArchive(
      `${JSON.stringify(path)} leads out of the artifact; pack with: tar -czf artifact.tgz -C FOLDER .`,
    )
  return parts.join('/')
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
