// What an earlier keeper left when it was killed: its server and routers go on by themselves, and the next keeper
// replaces them. They are known by their command lines, so that also one that had no time to write a record is found.
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Places } from './places.ts'

export type LeftBehind = { readonly servers: readonly number[]; readonly routers: readonly number[] }

const SERVER = /^serve\.[jt]s$/
const ROUTER = /^route\.[jt]s$/
const KEEPER = /^keeper\.[jt]s$/

/** Server and routers that work on this state and are no children of this process. */
export function leftBehind(places: Places): LeftBehind {
  return {
    servers: programsOn(SERVER, places.state).filter((pid) => parentOf(pid) !== process.pid),
    routers: programsOn(ROUTER, places.router).filter((pid) => parentOf(pid) !== process.pid),
  }
}

/** The keeper that runs on this state. */
export function keeperOf(places: Places): number | undefined {
  return programsOn(KEEPER, places.state).find((pid) => pid !== process.pid)
}

function programsOn(script: RegExp, folder: string): readonly number[] {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const words = read(`/proc/${pid}/cmdline`).split('\0')
      const state = words.indexOf('--state')
      return words.slice(0, 4).some((word) => script.test(basename(word))) && words[state + 1] === folder
    })
    .map(Number)
  // A child carries its parent's command line until it begins its own.
  return found.filter((pid) => !found.includes(parentOf(pid)))
}

export function isRunning(pid: number): boolean {
  // A process that was killed and not waited for yet still has a folder; what it ran is gone.
  return read(`/proc/${pid}/cmdline`) !== ''
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended between listing and reading: then it is not one of those that run.
    return ''
  }
}
