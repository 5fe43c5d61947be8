// Caches that builds of a service share. They may go at any time between two builds: the next one only takes longer.
import { lstat, mkdir, readdir, rename, stat, utimes } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { oldestFirst } from '../../../domain/artifact/oldest-first.ts'
import { clearRoom } from './run-build.ts'

/** What is being removed is called so first, so that no build begins in half a cache. */
const GOING = '.going-'

export async function noteUse(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const now = new Date()
  await utimes(cache, now, now)
}

/** Returns the names of the caches that went. */
export async function dropOldCaches(
  folder: string,
  rule: { readonly isInUse: (name: string) => boolean; readonly bytesMax: number },
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true })
  const names = await readdir(folder)
  const caches = await Promise.all(
    names
      .filter((name) => !name.startsWith(GOING))
      .map(async (name) => ({
        name,
        bytes: await bytesIn(join(folder, name)),
        usedAtMs: (await stat(join(folder, name))).mtimeMs,
      })),
  )
  const gone: string[] = []
  const leavers = caches.map((cache) => ({ ...cache, isKept: rule.isInUse(cache.name) }))
  for (const name of oldestFirst(leavers, rule.bytesMax)) {
    // A build may have begun meanwhile.
    if (rule.isInUse(name)) continue
    await rename(join(folder, name), join(folder, `${GOING}${name}-${randomUUID()}`))
    gone.push(name)
  }
  for (const name of await readdir(folder)) if (name.startsWith(GOING)) await clearRoom(join(folder, name))
  return gone
}

/** What it takes on the disk; links are not followed. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (!entry.isFile()) continue
    const { blocks } = await lstat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }))
    bytes += blocks * 512
  }
  return bytes
}
