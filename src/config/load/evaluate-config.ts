// Evaluates a TypeScript or JavaScript config in a process of its own: with a time limit, without our environment,
// and without anything it does reaching this process.
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export type Evaluation =
  | {
      readonly result: 'value'
      readonly value: unknown
      readonly wrong: readonly { readonly path: readonly (string | number)[]; readonly message: string }[]
    }
  | { readonly result: 'no-default' }
  | { readonly result: 'too-slow'; readonly limitMs: number }
  | { readonly result: 'too-large' }
  /** `output` is what Node printed: the place in the file, the error, its stack. */
  | { readonly result: 'failed'; readonly output: string }

export type EvaluateOptions = { readonly limitMs?: number }

const LIMIT_MS = 10_000
const ANSWER_BYTES_MAX = 4 * 1024 * 1024
const OUTPUT_BYTES_MAX = 64 * 1024

/** A config gives the same answer wherever it is read, so it sees where programs are and nothing of the server's. */
const VARIABLES_PASSED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'SystemRoot']

export async function evaluateConfig(file: string, options: EvaluateOptions = {}): Promise<Evaluation> {
  const limitMs = options.limitMs ?? LIMIT_MS
  const child = spawn(process.execPath, ['--no-warnings', childFile(), file], {
    cwd: dirname(file),
    env: passedVariables(),
    // A group of its own, so that what the config started ends with it.
    detached: true,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  let isTooLarge = false
  const answer = gather(child.stdio[3] as Readable | null, ANSWER_BYTES_MAX, () => {
    isTooLarge = true
    killGroup(child.pid)
  })
  const output = gather(child.stderr, OUTPUT_BYTES_MAX, () => undefined)
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once('error', reject)
    // `exit` and not `close`: something the config started may hold the pipes open.
    child.once('exit', (_, endedBy) => {
      killGroup(child.pid)
      resolve(endedBy)
    })
  })
  await Promise.all([answer.done, output.done])
  if (isTooLarge) return { result: 'too-large' }
  if (signal === 'SIGKILL') return { result: 'too-slow', limitMs }
  return readAnswer(answer.text(), output.text())
}

function childFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./evaluate-child${extension}`, import.meta.url))
}

function passedVariables(): Record<string, string> {
  return Object.fromEntries(
    VARIABLES_PASSED.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has already ended.
  }
}

function gather(stream: Readable | null, bytesMax: number, onTooMuch: () => void) {
  const chunks: Buffer[] = []
  let bytes = 0
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bytesMax) onTooMuch()
    else chunks.push(chunk)
  })
  const done = new Promise<void>((resolve) => {
    if (stream === null) return resolve()
    stream.once('close', resolve)
    stream.once('error', () => resolve())
  })
  return { done, text: () => Buffer.concat(chunks).toString('utf8') }
}

type ChildAnswer = { hasDefault: false } | (Extract<Evaluation, { result: 'value' }> & { hasDefault: true })

function readAnswer(answer: string, output: string): Evaluation {
  if (answer === '') return { result: 'failed', output }
  const parsed = JSON.parse(answer) as ChildAnswer
  if (!parsed.hasDefault) return { result: 'no-default' }
  return { result: 'value', value: parsed.value, wrong: parsed.wrong }
}
