// Which mirrors are in use, and which may go when all of them together take too much.
import { lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { oldestFirst } from '../../../domain/artifact/oldest-first.ts'
import type { ChangeSource } from '../../../ports/change-source.ts'
import { mirrorName, mirrorsIn } from './repository.ts'

/** What is being removed is called so first, so that nobody opens half a mirror. */
const GOING = '.going-'

export interface MirrorUse {
  /** Its mirror, if it has one, is in use until this is disposed of. */
  use(git: string): Disposable
  retain: NonNullable<ChangeSource['retain']>
}

export function createMirrorUse(stateDir: string): MirrorUse {
  const folder = mirrorsIn(stateDir)
  const users = new Map<string, number>()
  const isInUse = (name: string): boolean => (users.get(name) ?? 0) > 0

  return {
    use: (git) => {
      const name = mirrorName(git)
      users.set(name, (users.get(name) ?? 0) + 1)
      return { [Symbol.dispose]: () => void users.set(name, (users.get(name) ?? 1) - 1) }
    },
    retain: async ({ keep, bytesMax }) => {
      await mkdir(folder, { recursive: true })
      const kept = new Set(keep.map(mirrorName))
      const names = (await readdir(folder)).filter((name) => !name.startsWith(GOING))
      const things = await Promise.all(names.map((name) => measure(folder, name)))
      const gone: string[] = []
      const leavers = things.map((thing) => ({
        ...thing,
        isKept: kept.has(thing.name) || isInUse(thing.name),
      }))
      for (const name of oldestFirst(leavers, bytesMax)) {
        // It may have been opened meanwhile.
        if (isInUse(name)) continue
        const going = join(folder, `${GOING}${name}-${randomUUID()}`)
        await rename(join(folder, name), going)
        gone.push((await readFile(join(going, 'description'), 'utf8').catch(() => name)).trim())
      }
      for (const name of await readdir(folder))
        if (name.startsWith(GOING)) await rm(join(folder, name), { recursive: true, force: true })
      return gone
    },
  }
}

async function measure(
  folder: string,
  name: string,
): Promise<{ readonly name: string; readonly bytes: number; readonly usedAtMs: number }> {
  const mirror = join(folder, name)
  const { mtimeMs: usedAtMs } = await stat(mirror)
  let bytes = 0
  for (const entry of await readdir(mirror, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const { blocks } = await lstat(join(entry.parentPath, entry.name)).catch(() => ({ blocks: 0 }))
    bytes += blocks * 512
  }
  return { name, bytes, usedAtMs }
}
