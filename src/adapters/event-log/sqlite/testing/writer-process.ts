import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('acknowledging-writer.ts', import.meta.url))

export type WriterOptions = {
  readonly file: string
  readonly mode: 'single' | 'grouped'
  readonly count: number
  readonly synchronous?: 'FULL' | 'NORMAL'
  /** Command to run it under, such as strace. */
  readonly under?: readonly string[]
}

export type WriterProcess = {
  readonly child: ChildProcess
  /** Highest acknowledged version per stream, growing while it runs. */
  readonly acknowledged: Map<string, number>
  /** Acknowledged appends so far. */
  acks(): number
  /** Commits that the writer saw; known at its end. */
  groups(): number | undefined
  /** Code of the failure that ended it. */
  failure(): string | undefined
  /** Resolves once `count` appends are acknowledged, or it ended before. */
  reached(count: number): Promise<void>
  ended: Promise<void>
}

export function startWriter({ file, mode, count, synchronous, under = [] }: WriterOptions): WriterProcess {
  return follow([...under, process.execPath, PROGRAM, file, mode, String(count), synchronous ?? 'FULL'])
}

/** Starts a program that says what was acknowledged in the words of acknowledging-writer.ts, and listens. */
export function follow(words: readonly string[]): WriterProcess {
  const [command = process.execPath, ...rest] = words
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged = new Map<string, number>()
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  let acks = 0
  let groups: number | undefined
  let failure: string | undefined

  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const [word = '', number = ''] = line.split(' ')
    if (word === 'ready') return
    if (word === 'groups') groups = Number(number)
    else if (word === 'failed') failure = number
    else {
      acknowledged.set(word, Math.max(acknowledged.get(word) ?? 0, Number(number)))
      acks += 1
      for (const each of waiting) if (acks >= each.count) each.resolve()
    }
  })
  const ended = Promise.all([
    new Promise<void>((resolve) => lines.once('close', resolve)),
    new Promise<void>((resolve) => child.once('exit', () => resolve())),
  ]).then(() => {
    for (const each of waiting) each.resolve()
  })

  return {
    child,
    acknowledged,
    acks: () => acks,
    groups: () => groups,
    failure: () => failure,
    reached: (wanted) =>
      acks >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.push({ count: wanted, resolve })),
    ended,
  }
}
