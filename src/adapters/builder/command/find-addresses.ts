// Looks for addresses of single environments in what a build made: all environments get the same files, so such an
// address is wrong in all but one. Streamed, bounded, and never a reason for a build to fail.
import { createReadStream } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { HardCodedAddress, StageAddress } from '../../../domain/pipeline/stage-addresses.ts'

export const LIMITS = { bytesMax: 256e6, fileBytesMax: 16e6, filesMax: 50_000, foundMax: 20 }

/** Other people's code knows nothing of our environments; what belongs to one environment by its name may. */
const PASSED_OVER = new Set(['node_modules', '.git', '.venv', 'vendor'])
const CONFIGS = /^sluice\.(?:config\.[cm]?[jt]s|ya?ml)$/

export async function findAddresses(
  folder: string,
  addresses: readonly StageAddress[],
  signal: AbortSignal,
  limits: typeof LIMITS = LIMITS,
): Promise<readonly HardCodedAddress[]> {
  const found: HardCodedAddress[] = []
  if (addresses.length === 0) return found
  const seen = { bytes: 0, files: 0 }
  for await (const path of filesIn(folder)) {
    if (signal.aborted || found.length >= limits.foundMax || seen.files >= limits.filesMax) break
    const { size } = await stat(path)
    seen.files += 1
    if (size === 0 || size > limits.fileBytesMax || seen.bytes + size > limits.bytesMax) continue
    seen.bytes += size
    const file = relative(folder, path)
    const named = addresses.filter(({ stage }) => !belongsTo(file, stage))
    found.push(...(await inFile(path, file, named, limits.foundMax - found.length)))
  }
  return found
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!PASSED_OVER.has(entry.name)) yield* filesIn(path)
    } else if (entry.isFile() && !CONFIGS.test(entry.name)) yield path
  }
}

/** `config/staging.json` is meant for staging. */
function belongsTo(file: string, stage: string): boolean {
  return file.split(/[/._-]/).includes(stage)
}

/** Each line names an address once. What holds a zero byte is no text. */
async function inFile(
  path: string,
  file: string,
  addresses: readonly StageAddress[],
  most: number,
): Promise<readonly HardCodedAddress[]> {
  const found: HardCodedAddress[] = []
  const stream = createReadStream(path, { encoding: 'latin1' })
  let line = 0
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
      line += 1
      if (text.includes('\0')) return []
      const lower = text.toLowerCase()
      for (const { host, stage } of addresses)
        if (found.length < most && holds(lower, host)) found.push({ file, line, host, stage })
      if (found.length >= most) break
    }
  } finally {
    stream.destroy()
  }
  return found
}

/** Whole: `db.example` is not in `mydb.example.org`. */
function holds(text: string, host: string): boolean {
  for (let at = text.indexOf(host); at >= 0; at = text.indexOf(host, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text.slice(at + host.length, at + host.length + 2)]
    if (!/[a-z0-9._-]/.test(before) && !/^(?:[a-z0-9_-]|\.[a-z0-9])/.test(after)) return true
  }
  return false
}
