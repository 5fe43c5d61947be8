// Files that are open for appending: many environments, few file descriptors. The one that was used longest ago makes
// room; it is synced first, because an error of the disk is only told to those who had the file open.
import { type FileHandle, open } from 'node:fs/promises'
import { asTickFailure, tickFailure } from './tick-failure.ts'

type OpenFile = {
  readonly path: string
  readonly handle: Promise<FileHandle>
  users: number
  isUnsynced: boolean
  closing: Promise<void> | undefined
}

export type OpenFiles = ReturnType<typeof createOpenFiles>

/** The callers see to it that one path is used by one call at a time; different paths may overlap. */
export function createOpenFiles(openMax: number) {
  /** In order of use, longest ago first. */
  const files = new Map<string, OpenFile>()
  /** Files whose sync failed: what they hold is not known, and a second sync would wrongly say "done". */
  const lost = new Map<string, Error>()
  const waiting: (() => void)[] = []

  async function take(path: string): Promise<OpenFile> {
    for (;;) {
      const known = files.get(path)
      if (known?.closing !== undefined) await known.closing
      else if (known !== undefined) return touch(known)
      else if (files.size < openMax) return start(path)
      else await makeRoom()
    }
  }

  function touch(file: OpenFile): OpenFile {
    files.delete(file.path)
    files.set(file.path, file)
    file.users += 1
    return file
  }

  async function start(path: string): Promise<OpenFile> {
    const file = { path, handle: open(path, 'a'), users: 1, isUnsynced: false, closing: undefined }
    files.set(path, file)
    try {
      await file.handle
    } catch (error) {
      files.delete(path)
      waiting.shift()?.()
      throw error
    }
    return file
  }

  async function makeRoom(): Promise<void> {
    for (const file of files.values()) {
      if (file.users === 0 && file.closing === undefined) return shut(file)
    }
    return new Promise((resolve) => waiting.push(resolve))
  }

  function shut(file: OpenFile): Promise<void> {
    file.closing ??= (async () => {
      const handle = await file.handle
      try {
        await syncNow(file, handle).catch(() => {
          // Noted in `lost`: the environment that owns the file is told with its next call.
        })
        await handle.close()
      } finally {
        files.delete(file.path)
        waiting.shift()?.()
      }
    })()
    return file.closing
  }

  async function syncNow(file: OpenFile, handle: FileHandle): Promise<void> {
    if (!file.isUnsynced) return
    try {
      await handle.datasync()
      file.isUnsynced = false
    } catch (error) {
      lost.set(file.path, error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  async function use<Result>(
    path: string,
    work: (file: OpenFile, handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    refuseLost(path)
    let file: OpenFile | undefined
    try {
      file = await take(path)
      return await work(file, await file.handle)
    } catch (error) {
      refuseLost(path)
      throw asTickFailure(error, path)
    } finally {
      if (file !== undefined) file.users -= 1
      waiting.shift()?.()
    }
  }

  function refuseLost(path: string): void {
    const cause = lost.get(path)
    if (cause === undefined) return
    const message = `The disk failed under ${path} (${cause.message}); look at it (dmesg), then start the server again`
    throw tickFailure('disk-error', message, 'never', cause)
  }

  return {
    /** Writes all of `text` at the end. After a failure the end of the file may hold a part of it. */
    append: (path: string, text: string): Promise<void> =>
      use(path, async (file, handle) => {
        file.isUnsynced = true
        await handle.appendFile(text)
      }),
    cut: (path: string, bytes: number): Promise<void> =>
      use(path, async (file, handle) => {
        file.isUnsynced = true
        await handle.truncate(bytes)
      }),
    sync: (path: string): Promise<void> => use(path, syncNow),
    /** Syncs and closes one file. */
    async release(path: string): Promise<void> {
      const file = files.get(path)
      if (file !== undefined) await shut(file)
      refuseLost(path)
    },
    async close(): Promise<void> {
      await Promise.all([...files.values()].map(shut))
    },
    openCount: () => files.size,
  }
}
