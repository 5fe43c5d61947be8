// Programs that a test can find again among everything else that runs on the machine.
import { readdirSync, readFileSync } from 'node:fs'
import { kill } from 'node:process'

/** A number of seconds to sleep that no other test, and no earlier run of this one, has used. */
export function sleepMarker(): string {
  return `${1_000 + Math.floor(Math.random() * 1_000)}.${process.pid}${Math.floor(Math.random() * 1_000_000)}`
}

/** Processes that were started with this word among their arguments. */
export function marked(marker: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && argumentsOf(name).includes(marker))
    .map(Number)
}

/** Ends what a failed test left running. */
export function endMarked(marker: string): void {
  for (const pid of marked(marker)) {
    try {
      kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
