// Builds a commit by the command that its own config names, on this machine, several at a time.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Builder, BuildLook, BuildRequest } from '../../../ports/builder.ts'
import type { Log } from '../../../ports/log.ts'
import { asPortFailure, PortFailure } from '../../../ports/port-failure.ts'
import {
  type BuildPlaces,
  buildPlaces,
  type BuildResult,
  dropOldBuilds,
  readLog,
  readResult,
  unfinishedBuilds,
  writeResult,
} from './build-records.ts'
import { dropOldCaches, noteUse } from './build-caches.ts'
import { type KeptLog, openKeptLog } from './kept-log.ts'
import { type BuildParts, clearRoom, runBuild } from './run-build.ts'
import { waitingLine } from './waiting-line.ts'

export type CommandBuilderOptions = BuildParts & {
  /** Ours alone: results, logs and caches. */
  readonly stateDir: string
  /** Builds at the same time; more wait, without their time running. */
  readonly atOnceMax?: number
  readonly logHeadBytesMax?: number
  readonly logTailBytesMax?: number
  /** Results and logs that are kept. */
  readonly keptMax?: number
  readonly log?: Log
}

const defaults = {
  atOnceMax: 2,
  logHeadBytesMax: 6 * 1024 * 1024,
  logTailBytesMax: 2 * 1024 * 1024,
  keptMax: 1_000,
}

type UnderWay = {
  readonly stop: AbortController
  readonly over: Promise<void>
  /** Name of the cache it uses. */
  readonly cache: string
  log: KeptLog | null
}

export function createCommandBuilder(given: CommandBuilderOptions): Builder {
  const options = { ...defaults, ...given }
  const underWay = new Map<string, UnderWay>()
  const line = waitingLine(options.atOnceMax)
  let recovering: Promise<void> | null = null
  let isClosed = false

  /** Before anything else is said or done; tried anew where it failed. */
  const recovered = async () => {
    recovering ??= recover(options)
    await recovering.catch((error: unknown) => {
      recovering = null
      throw error
    })
  }

  const begin = (key: string, request: BuildRequest) => {
    const places = buildPlaces(options.stateDir, key)
    const stop = new AbortController()
    const build: UnderWay = {
      stop,
      cache: cacheName(request.service),
      log: null,
      // Started in a turn of its own, so that it is on the list before anything of it happens.
      over: Promise.resolve().then(async () => {
        try {
          await line(stop.signal, () =>
            buildOnce(options, { key, request, places, stop: stop.signal, build }),
          )
        } catch (error) {
          // Not even its failure could be written down; it stays unknown, and will be asked for again.
          options.log?.error({ key, error: asPortFailure(error) }, 'a build could not be recorded')
        } finally {
          underWay.delete(key)
        }
      }),
    }
    underWay.set(key, build)
  }

  return {
    start: async (key, request) => {
      await inOurWords(key, async () => {
        await recovered()
        if (underWay.has(key)) return
        const result = await readResult(buildPlaces(options.stateDir, key))
        // What is asked for while we end is asked for again by the next server.
        if (result === null && !underWay.has(key) && !isClosed) begin(key, request)
      })
    },

    retain: ({ cacheBytesMax }) =>
      inOurWords('caches', async () => {
        await recovered()
        return await dropOldCaches(join(options.stateDir, 'cache'), {
          isInUse: (name) => [...underWay.values()].some(({ cache }) => cache === name),
          bytesMax: cacheBytesMax,
        })
      }),

    look: (key) =>
      inOurWords(key, async (): Promise<BuildLook> => {
        await recovered()
        const build = underWay.get(key)
        if (build !== undefined) return { state: 'running', logBytes: build.log?.writtenBytes ?? 0 }
        return (await readResult(buildPlaces(options.stateDir, key))) ?? { state: 'unknown' }
      }),

    stop: (key) =>
      inOurWords(key, async () => {
        const build = underWay.get(key)
        build?.stop.abort()
        await build?.over
      }),

    close: async () => {
      isClosed = true
      const all = [...underWay.values()]
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ over }) => over))
    },

    log: (key, offset, limit) =>
      inOurWords(key, () => readLog(buildPlaces(options.stateDir, key), offset, limit)),
  }
}

async function buildOnce(
  options: CommandBuilderOptions & typeof defaults,
  job: {
    readonly key: string
    readonly request: BuildRequest
    readonly places: BuildPlaces
    readonly stop: AbortSignal
    readonly build: UnderWay
  },
): Promise<void> {
  const { places, request } = job
  await mkdir(places.room, { recursive: true })
  const log = await openKeptLog({
    path: places.log,
    headBytesMax: options.logHeadBytesMax,
    tailBytesMax: options.logTailBytesMax,
  })
  job.build.log = log
  let result: BuildResult | null = null
  try {
    const cache = join(options.stateDir, 'cache', job.build.cache)
    await noteUse(cache)
    result = await runBuild(options, { request, places, cache, log, signal: job.stop })
  } finally {
    await log.end()
    await clearRoom(places.room)
  }
  if (result === null) await rm(places.folder, { recursive: true, force: true })
  else await writeResult(places, result)
}

/** Builds that were under way when we died: their processes are ended and their work is thrown away. */
async function recover(options: CommandBuilderOptions & typeof defaults): Promise<void> {
  await dropOldBuilds(options.stateDir, options.keptMax)
  for (const { folder, room } of await unfinishedBuilds(options.stateDir)) {
    await options.runner.sweep(room)
    await clearRoom(room)
    await rm(folder, { recursive: true, force: true })
  }
}

function cacheName(service: string): string {
  return service.replaceAll(/[^\w-]+/g, '-')
}

async function inOurWords<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PortFailure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PortFailure(`The records of build ${key} cannot be read or written: ${why}`, {
      code: 'builder/disk-failed',
      again: 'retry',
      cause: error,
    })
  }
}
