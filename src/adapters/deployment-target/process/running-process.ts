// One run of an instance's command: started by us, or found running.
import { spawn } from 'node:child_process'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { isStillRunning, type ProcessIdentity, readStat } from './proc.ts'

export type Running = {
  readonly identity: ProcessIdentity
  /** Aborts when the leader has ended; the reason is a sentence: `exit code 1`, `signal SIGKILL`. */
  readonly ended: AbortSignal
}

export type StartOptions = {
  readonly command: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Where its output goes; only lent. */
  readonly output: number
}

/**
 * Starts the command in a session and process group of its own, so that it outlives us and can be ended as a whole.
 * The shell may stay between us and the program: signals go to the whole group, never to the shell alone.
 */
export function startProcess(options: StartOptions): Running {
  const over = new AbortController()
  const child = spawn('/bin/sh', ['-c', options.command], {
    cwd: options.folder,
    env: options.env,
    detached: true,
    stdio: ['ignore', options.output, options.output],
  })
  child.once('error', (error) => over.abort(`could not be started: ${error.message}`))
  child.once('exit', (code, signal) => over.abort(signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.unref()
  // Even one that ended at once stays a zombie until the event loop turns, so its start time can be read here.
  const stat = child.pid === undefined ? undefined : readStat(child.pid)
  if (stat === undefined) {
    throw new PortFailure('No process could be started: the machine has none left, or its folder is gone.', {
      code: 'target/cannot-start',
      again: 'retry',
    })
  }
  return { identity: { pid: stat.pid, startTicks: stat.startTicks }, ended: over.signal }
}

const lookMs = 200

/** Watches a process that we did not start, or that an earlier server did. `letGo` ends the watch, not the process. */
export function watchProcess(identity: ProcessIdentity, clock: Clock, letGo: AbortSignal): Running {
  const over = new AbortController()
  const watch = async () => {
    while (!letGo.aborted) {
      if (!isStillRunning(identity)) return over.abort(lastStatus(identity))
      await clock.sleep(lookMs, letGo)
    }
  }
  void watch()
  return { identity, ended: over.signal }
}

/** Only a parent is told how a process ended; while it is a zombie the kernel shows it to us too, if we are lucky. */
function lastStatus(identity: ProcessIdentity): string {
  const stat = readStat(identity.pid)
  const status = stat?.startTicks === identity.startTicks ? stat.waitStatus : 0
  if (status === 0) return 'ended (exit code not known: an earlier server had started it)'
  return (status & 0x7f) === 0 ? `exit code ${status >> 8}` : `signal number ${status & 0x7f}`
}
