// What is known of builds, on the disk: how each ended, and its log. A folder without a result belongs to a build that
// was under way when we died.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildLook } from '../../../ports/builder.ts'

export type BuildResult = Extract<BuildLook, { readonly state: 'done' } | { readonly state: 'failed' }>

export type BuildPlaces = {
  readonly folder: string
  readonly log: string
  readonly result: string
  /** Where the work is done; gone when the build is over. */
  readonly room: string
  readonly checkout: string
}

export function buildPlaces(stateDir: string, key: string): BuildPlaces {
  const readable = key.replaceAll(/[^\w.-]+/g, '-').slice(0, 40)
  const name = `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  const folder = join(stateDir, 'builds', name)
  const room = join(folder, 'room')
  return {
    folder,
    log: join(folder, 'log'),
    result: join(folder, 'result.json'),
    room,
    checkout: join(room, 'checkout'),
  }
}

/** Written whole or not at all, and on the disk before anybody is told. */
export async function writeResult(places: BuildPlaces, result: BuildResult): Promise<void> {
  const temporary = `${places.result}.${randomUUID().slice(0, 8)}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify(result))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, places.result)
  const folder = await open(places.folder, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export async function readResult(places: BuildPlaces): Promise<BuildResult | null> {
  try {
    // Our own words, written by writeResult.
    return JSON.parse(await readFile(places.result, 'utf8')) as BuildResult
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Part of the log. A build of which nothing is left has an empty one. */
export async function readLog(
  places: BuildPlaces,
  offset: number,
  limit: number,
): Promise<{ readonly bytes: Uint8Array; readonly total: number }> {
  let file
  try {
    file = await open(places.log, 'r')
  } catch (error) {
    if (isMissing(error)) return { bytes: new Uint8Array(), total: 0 }
    throw error
  }
  try {
    const total = (await file.stat()).size
    const from = Math.min(Math.max(0, offset), total)
    const bytes = Buffer.alloc(Math.min(Math.max(0, limit), total - from))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
    return { bytes: bytes.subarray(0, bytesRead), total }
  } finally {
    await file.close()
  }
}

/** Builds without a result. Only before the first one is started these are what a crash left. */
export async function unfinishedBuilds(
  stateDir: string,
): Promise<readonly { readonly folder: string; readonly room: string }[]> {
  const builds = join(stateDir, 'builds')
  const unfinished = []
  for (const name of await readdir(builds)) {
    const folder = join(builds, name)
    if (!existsSync(join(folder, 'result.json'))) unfinished.push({ folder, room: join(folder, 'room') })
  }
  return unfinished
}

/** Drops the oldest results and logs beyond a number of builds. */
export async function dropOldBuilds(stateDir: string, keptMax: number): Promise<void> {
  const builds = join(stateDir, 'builds')
  await mkdir(builds, { recursive: true })
  const names = await readdir(builds)
  if (names.length <= keptMax) return
  const aged = await Promise.all(
    names.map(async (name) => ({ name, changedAt: (await stat(join(builds, name))).mtimeMs })),
  )
  for (const { name } of aged.sort((a, b) => b.changedAt - a.changedAt).slice(keptMax)) {
    await rm(join(builds, name), { recursive: true, force: true })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
