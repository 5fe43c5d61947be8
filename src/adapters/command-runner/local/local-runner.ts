// Runs commands of builds and checks on this machine, each in a process group and an environment of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '../../../ports/clock.ts'
import type { CommandEnd, CommandRun, CommandRunner } from '../../../ports/command-runner.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { type CallerEnvironment, cleanEnvironment } from './clean-environment.ts'
import { endByTmp, endGroup } from './process-group.ts'

export type LocalRunnerOptions = {
  readonly clock: Clock
  /** Whose PATH, LANG and TZ are passed on. */
  readonly caller: CallerEnvironment
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number
}

const graceMsDefault = 10_000
/** Processes left in the background by a command that ended; nobody waits for their work. */
const leftoverGraceMs = 1_000
/** For output still in the pipe when everything that could write to it is gone. */
const drainMsMax = 2_000

export function createLocalRunner(options: LocalRunnerOptions): CommandRunner {
  const { clock } = options
  const graceMs = options.graceMs ?? graceMsDefault

  return {
    run: async (run) => {
      const places = roomPlaces(run.room)
      await makeRoom(places, run.cwd)
      const child = startShell(run, {
        ...cleanEnvironment(options.caller, { ...places, installedIn: import.meta.dirname }),
        ...run.env,
        // What a run leaves behind is found by this one, so nobody may set it otherwise.
        TMPDIR: places.tmp,
      })
      // Listened to before anything is awaited: a short command ends at once.
      const exit = exitOf(child)
      const output = readOutput(child.stdout!, run)
      const pid = await startedPid(child, exit, run)
      const ended = await waitForEnd(exit, run, clock)
      await endGroup(pid, clock, typeof ended === 'string' ? graceMs : leftoverGraceMs)
      await endByTmp(places.tmp, clock, leftoverGraceMs)
      await drain(output, child, clock)
      if (typeof ended === 'string') return { ended }
      return ended
    },

    sweep: (room) => endByTmp(roomPlaces(room).tmp, clock, leftoverGraceMs),
  }
}

type Places = { readonly home: string; readonly tmp: string }

function roomPlaces(room: string): Places {
  return { home: join(room, 'home'), tmp: join(room, 'tmp') }
}

async function makeRoom(places: Places, cwd: string): Promise<void> {
  try {
    await mkdir(places.home, { recursive: true })
    await mkdir(places.tmp, { recursive: true })
  } catch (error) {
    throw cannotStart(`no folder could be made for it: ${String(error)}`, cwd, error)
  }
}

function startShell(run: CommandRun, env: Record<string, string>): ChildProcess {
  // The outer shell only joins errors to the output, so that both come in the order they were written.
  return spawn('/bin/sh', ['-c', 'exec /bin/sh -c "$1" 2>&1', 'sh', run.command], {
    cwd: run.cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

type Exit = { readonly code: number | null; readonly signal: string | null } | { readonly error: Error }

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

async function startedPid(child: ChildProcess, exit: Promise<Exit>, run: CommandRun): Promise<number> {
  if (child.pid !== undefined) return child.pid
  const ended = await exit
  throw cannotStart('error' in ended ? ended.error.message : 'no process', run.cwd, ended)
}

function cannotStart(why: string, cwd: string, cause: unknown): PortFailure {
  return new PortFailure(`A command could not be started in ${cwd}: ${why}`, {
    code: 'command/cannot-start',
    again: 'retry',
    cause,
  })
}

/** How it ended by itself, or which of our reasons came first. */
async function waitForEnd(
  exit: Promise<Exit>,
  run: CommandRun,
  clock: Clock,
): Promise<CommandEnd | 'limit' | 'stopped'> {
  const over = new AbortController()
  const stop = run.signal.aborted
    ? Promise.resolve('stopped' as const)
    : once(run.signal, 'abort', { signal: over.signal }).then(
        () => 'stopped' as const,
        () => 'stopped' as const,
      )
  const limit = clock.sleep(run.limitMs, over.signal).then(() => 'limit' as const)
  try {
    const first = await Promise.race([exit, stop, limit])
    if (typeof first === 'string') return first
    if ('error' in first) throw cannotStart(first.error.message, run.cwd, first.error)
    if (first.signal !== null) return { ended: 'signal', signal: first.signal }
    return { ended: 'code', code: first.code ?? 0 }
  } finally {
    over.abort()
  }
}

async function readOutput(stream: Readable, run: CommandRun): Promise<Error | null> {
  try {
    for await (const chunk of stream) await run.onOutput(chunk)
    return null
  } catch (error) {
    // Told after the command has ended, unless we cut the stream ourselves.
    return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
      ? null
      : error instanceof Error
        ? error
        : new Error(String(error))
  }
}

async function drain(output: Promise<Error | null>, child: ChildProcess, clock: Clock): Promise<void> {
  const isRead = new AbortController()
  const inTime = output.finally(() => isRead.abort())
  await Promise.race([inTime, clock.sleep(drainMsMax, isRead.signal)])
  child.stdout?.destroy()
  const failure = await output
  if (failure === null) return
  throw new PortFailure(`What a command wrote could not be kept: ${failure.message}`, {
    code: 'command/output-lost',
    again: 'retry',
    cause: failure,
  })
}
