// The audit log as a chain: every event carries a hash over itself and over the hash of the one before, so that a line
// that was changed, left out or put in shows. Whoever keeps the last hash elsewhere can tell that the end is whole, too.
import { hash as digestOf } from 'node:crypto'

/** What the first event carries as the hash of the one before it. */
export const CHAIN_START = '0'.repeat(64)

export type ChainedEvent = {
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  /** JSON, as it is stored. */
  readonly data: string
}

export function chainHash(before: string, { position, stream, version, type, data }: ChainedEvent): string {
  // In one go: an object that is fed piece by piece costs as much again as the hashing.
  return digestOf('sha256', `${before}\n${position}\n${stream}\n${version}\n${type}\n${data}`, 'hex')
}

/** One line of an export. The data stands there as it is stored: its bytes are what was hashed. */
export function chainLine(event: ChainedEvent, before: string, hash: string): string {
  const { position, stream, version, type, data } = event
  const head = JSON.stringify({ position, stream, version, type }).slice(0, -1)
  return `${head},"data":${data},"before":"${before}","hash":"${hash}"}`
}

export type ChainProblem = { readonly line: number; readonly text: string }
export type ChainReport = {
  readonly lines: number
  readonly problems: readonly ChainProblem[]
  /** Position of the first line; 1 unless only a part was exported. */
  readonly first: number
  readonly last: number
  /** Hash of the last line; the same as the server's where nothing came after it. */
  readonly hash: string
}

/** Problems are told up to this many; after one line is wrong the next ones are still looked at by themselves. */
const PROBLEMS_MAX = 20

export async function verifyChain(lines: AsyncIterable<string> | Iterable<string>): Promise<ChainReport> {
  const problems: ChainProblem[] = []
  let line = 0
  let first = 0
  let last = 0
  let hash = CHAIN_START
  const say = (text: string): void => {
    if (problems.length < PROBLEMS_MAX) problems.push({ line, text })
  }
  for await (const text of lines) {
    if (text.trim() === '') continue
    line += 1
    const read = readLine(text)
    if (read === undefined) {
      say('it is no line of an audit export')
      continue
    }
    const { event, before, said } = read
    if (line === 1) {
      first = event.position
      if (event.position > 1 && before === CHAIN_START)
        say('it says that nothing came before it, and is not the first')
    } else if (before !== hash)
      say(
        event.position > last + 1
          ? `what stood between event ${last} and event ${event.position} is missing`
          : `it does not follow event ${last}: a line is missing, doubled or out of order`,
      )
    if (chainHash(before, event) !== said) say(`event ${event.position} was changed`)
    last = event.position
    hash = said
  }
  return { lines: line, problems, first, last, hash }
}

type ReadLine = { readonly event: ChainedEvent; readonly before: string; readonly said: string }

function readLine(text: string): ReadLine | undefined {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    // Said by the caller, with its line.
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const row = new Map<string, unknown>(Object.entries(found))
  const [position, stream, version, type] = ['position', 'stream', 'version', 'type'].map((key) =>
    row.get(key),
  )
  const [before, said] = [row.get('before'), row.get('hash')]
  if (
    typeof position !== 'number' ||
    typeof stream !== 'string' ||
    typeof version !== 'number' ||
    typeof type !== 'string' ||
    typeof before !== 'string' ||
    typeof said !== 'string' ||
    !row.has('data')
  )
    return undefined
  const data = JSON.stringify(row.get('data'))
  return { event: { position, stream, version, type, data }, before, said }
}
