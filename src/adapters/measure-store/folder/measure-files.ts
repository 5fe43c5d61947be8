// The files of one environment: seconds as they came, and minutes and hours by dimension.
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { asMeasureFailure } from './measure-failure.ts'

export type Level = 'seconds' | 'minutes' | 'hours'
export type MeasureFile = {
  readonly level: Level
  readonly start: number
  /** Null: totals, or seconds, which hold everything. */
  readonly dimension: string | null
  readonly isPacked: boolean
  readonly name: string
}

const NAME = /^(seconds|minutes|hours)-(\d+)(?:\.([a-z][a-z0-9-]*))?\.jsonl(\.gz)?$/
const LEVELS: Readonly<Record<string, Level>> = { seconds: 'seconds', minutes: 'minutes', hours: 'hours' }
const pack = promisify(gzip)
const unpack = promisify(gunzip)

export type MeasureFiles = ReturnType<typeof createMeasureFiles>

export function createMeasureFiles(folder: string) {
  /** The end of a file that was here before may be torn: what is added to it begins on a line of its own. */
  const begun = new Set<string>()
  let isMade = false

  async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw asMeasureFailure(error, folder)
    }
  }

  return {
    list: (): Promise<readonly MeasureFile[]> =>
      attempt(async () => {
        const names = await readdir(folder).catch((error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
          throw error
        })
        return names.flatMap((name): MeasureFile[] => {
          const [, level = '', start = '', dimension, packed] = NAME.exec(name) ?? []
          const known = LEVELS[level]
          if (known === undefined) return []
          const isPacked = packed !== undefined
          return [{ level: known, start: Number(start), dimension: dimension ?? null, isPacked, name }]
        })
      }),
    append: (level: Level, start: number, dimension: string | null, text: string): Promise<void> =>
      attempt(async () => {
        if (!isMade) await mkdir(folder, { recursive: true, mode: 0o700 })
        isMade = true
        const name = `${level}-${start}${dimension === null ? '' : `.${dimension}`}.jsonl`
        const separator = begun.has(name) ? '' : '\n'
        await appendFile(join(folder, name), separator + text, { mode: 0o600 })
        begun.add(name)
      }),
    /** Whole lines; a file that is gone by now has none. */
    lines: (file: MeasureFile): Promise<readonly string[]> =>
      attempt(async () => {
        const bytes = await readFile(join(folder, file.name)).catch((error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
          throw error
        })
        const text = (file.isPacked ? await unpack(bytes) : bytes).toString('utf8')
        return text.split('\n').filter((line) => line !== '')
      }),
    /** Nothing is added to it any more; should that happen all the same, a plain file stands beside the packed one. */
    pack: (file: MeasureFile): Promise<void> =>
      attempt(async () => {
        const from = join(folder, file.name)
        const to = `${from}.gz`
        const packedBefore = await readFile(to).catch(() => Buffer.alloc(0))
        // Packed parts one after the other are one packed whole.
        await writeFile(`${to}.new`, Buffer.concat([packedBefore, await pack(await readFile(from))]), {
          mode: 0o600,
        })
        await rename(`${to}.new`, to)
        await rm(from)
        begun.delete(file.name)
      }),
    remove: (file: MeasureFile): Promise<void> =>
      attempt(async () => {
        await rm(join(folder, file.name), { force: true })
        begun.delete(file.name)
      }),
  }
}
