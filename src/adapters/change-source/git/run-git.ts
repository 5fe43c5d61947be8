// Drives the git binary: no shell, no prompt, no hooks, no helper programs that a repository could name.
import { kill } from 'node:process'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'

export type GitCall = {
  readonly args: readonly string[]
  readonly gitDir?: string
  readonly cwd?: string
  readonly input?: string
  /** Another call whose answer is this one's input, as a stream. */
  readonly from?: GitCall
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Git said no. Not a PortFailure yet: only the caller knows what it asked for. */
export class GitTrouble extends Error {
  readonly exitCode: number | null
  readonly stderr: string
  readonly reason: 'exit' | 'no-git' | 'stopped' | 'too-much'

  constructor(options: {
    readonly what: string
    readonly exitCode: number | null
    readonly stderr: string
    readonly reason: GitTrouble['reason']
    readonly cause?: unknown
  }) {
    super(`git ${options.what} ended with ${options.exitCode ?? options.reason}: ${options.stderr.trim()}`, {
      cause: options.cause,
    })
    this.name = 'GitTrouble'
    this.exitCode = options.exitCode
    this.stderr = options.stderr
    this.reason = options.reason
  }
}

const answerBytesMax = 64 * 1024 * 1024
const stderrBytesMax = 64 * 1024

/** Settings of a repository or a person that would change what we read, or run a program of theirs, are overruled. */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.sparseCheckout=false',
  'core.splitIndex=false',
  'core.autocrlf=false',
  'core.symlinks=true',
  'core.fileMode=true',
  'log.showSignature=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=60',
].flatMap((setting) => ['-c', setting])

/** How a person reaches their remotes stays theirs; everything else git reads from the environment is left out. */
const keptGitVariables = new Set([
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
  'GIT_ASKPASS',
  'GIT_EXEC_PATH',
])

function gitEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined) continue
    if (name.startsWith('GIT_') && !keptGitVariables.has(name) && !name.startsWith('GIT_SSL_')) continue
    env[name] = value
  }
  return {
    ...env,
    // Messages are recognised by their English words.
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    ...own,
  }
}

function startGit(call: GitCall) {
  const place = call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]
  return execa('git', [...settings, ...place, ...call.args], {
    env: gitEnvironment(call.env ?? {}),
    extendEnv: false,
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
    ...(call.input === undefined ? {} : { input: call.input }),
    stdin: call.input === undefined && call.from === undefined ? ('ignore' as const) : ('pipe' as const),
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: { stdout: answerBytesMax, stderr: stderrBytesMax },
    buffer: { stdout: false, stderr: true },
    reject: false,
    // A group of its own: no terminal to ask on, and its helpers (ssh, git-remote-https) end together with it.
    detached: true,
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    kill(-pid, 'SIGTERM')
  } catch {
    // Already gone.
  }
}

/** The answer as it comes. Ends the program when the reader leaves early or the signal says so. */
export async function* gitBytes(call: GitCall): AsyncGenerator<Uint8Array> {
  if (call.signal?.aborted) throw stopped(call)
  const child = startGit(call)
  const source = call.from === undefined ? null : startGit(call.from)
  const onAbort = () => {
    endGroup(source?.pid)
    endGroup(child.pid)
  }
  call.signal?.addEventListener('abort', onAbort, { once: true })
  // A broken pipe shows in how the two programs end, which is read below.
  const feeding = source === null ? null : pipeline(source.stdout, child.stdin!).catch(() => undefined)
  let isRead = false
  try {
    for await (const chunk of child.stdout) yield chunk
    isRead = true
    await feeding
    if (source !== null && call.from !== undefined) refuseBadEnd(call.from, await source, call.signal)
    refuseBadEnd(call, await child, call.signal)
  } finally {
    call.signal?.removeEventListener('abort', onAbort)
    if (!isRead) onAbort()
    await Promise.all([child, source])
  }
}

type Ended = {
  readonly exitCode?: number | undefined
  readonly code?: string | undefined
  readonly stderr: Uint8Array
}

function refuseBadEnd(call: GitCall, result: Ended, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw stopped(call)
  if (result.exitCode === 0) return
  throw new GitTrouble({
    what: wordOf(call),
    exitCode: result.exitCode ?? null,
    stderr: decodeText(result.stderr),
    reason: result.exitCode === undefined && result.code === 'ENOENT' ? 'no-git' : 'exit',
  })
}

function stopped(call: GitCall): GitTrouble {
  return new GitTrouble({ what: wordOf(call), exitCode: null, stderr: '', reason: 'stopped' })
}

function wordOf(call: GitCall): string {
  return call.args.find((arg) => /^[a-z]/.test(arg)) ?? ''
}

/** The whole answer as text; for answers whose size is known to be small. */
export async function gitText(call: GitCall): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of gitBytes(call)) {
    size += chunk.length
    if (size > answerBytesMax) {
      throw new GitTrouble({
        what: call.args[0] ?? '',
        exitCode: null,
        stderr: `more than ${answerBytesMax} bytes`,
        reason: 'too-much',
      })
    }
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks))
}

export async function* gitLines(call: GitCall): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of gitBytes(call)) {
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Did git say yes (0) or no (1)? Anything else is trouble. */
export async function gitSaysYes(call: GitCall): Promise<boolean> {
  try {
    await gitText(call)
    return true
  } catch (error) {
    if (error instanceof GitTrouble && error.exitCode === 1) return false
    throw error
  }
}

const strict = new TextDecoder('utf-8', { fatal: true })
const lenient = new TextDecoder('latin1')

/** Messages and names need not be UTF-8. What is not is read byte by byte rather than refused. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return lenient.decode(bytes)
  }
}
