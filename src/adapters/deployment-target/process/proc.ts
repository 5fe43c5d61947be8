// What Linux tells about running processes. A process id alone proves nothing: ids are given again, and a zombie
// still answers to kill(pid, 0). So a process is known by its id and its start time, and is alive only when it is
// no zombie.
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

export type ProcessIdentity = { readonly pid: number; readonly startTicks: number }

export type ProcessStat = ProcessIdentity & {
  readonly state: string
  readonly group: number
  /** User and system time, its own and that of the children it has waited for. */
  readonly cpuMs: number
  readonly threads: number
  /** As wait() gives it: signal in the low 7 bits, exit code in the next byte. 0 when the kernel does not tell us. */
  readonly waitStatus: number
}

// The unit of /proc times is fixed at 100 Hz for programs, whatever the kernel's own tick is.
const msPerTick = 10

export function readStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name may hold spaces and parentheses; fields are counted from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    pid,
    startTicks: field(22),
    state: fields[0] ?? 'X',
    group: field(5),
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * msPerTick,
    threads: field(20),
    waitStatus: field(52),
  }
}

export function isAlive(stat: ProcessStat | undefined): stat is ProcessStat {
  return stat !== undefined && stat.state !== 'Z' && stat.state !== 'X' && stat.state !== 'x'
}

/** True only for the very process that was meant, and only while it can still do something. */
export function isStillRunning(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid)
  return isAlive(stat) && stat.startTicks === identity.startTicks
}

/** All processes that are no zombies. One pass over /proc: about 20 µs for each. */
export function listProcesses(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter(isAlive)
}

/** Whether a process was started with this variable. False when its environment may not be read. */
export function hasVariable(pid: number, assignment: string): boolean {
  return (readProc(`/proc/${pid}/environ`) ?? '').split('\0').includes(assignment)
}

/** Changes with every boot of the machine. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Inodes of the sockets that listen on a TCP port at whatever IPv4 address. */
export function listeningInodes(port: number): readonly string[] {
  return listeningIn('/proc/net/tcp', port)
}

/** Inodes of the sockets that take what is sent to a port of 127.0.0.1: IPv6 ones only where no IPv4 one does. */
export function loopbackInodes(port: number): readonly string[] {
  const inodes = listeningIn('/proc/net/tcp', port)
  return inodes.length > 0 ? inodes : listeningIn('/proc/net/tcp6', port)
}

const LISTENS = '0A'
const TABLE_CHUNK_BYTES = 4096

/**
 * The kernel lists those that listen first, and after them every connection of the machine, thousands on a busy one:
 * reading ends where those begin. The end of a table costs it milliseconds to find, so a table without connections,
 * as mostly that of IPv6, is read only where it must be.
 */
function listeningIn(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes: string[] = []
  for (const line of tableLines(table)) {
    const fields = line.trim().split(/\s+/)
    if (fields[3] !== LISTENS) break
    if (fields[1]?.endsWith(suffix) && fields[9] !== undefined) inodes.push(fields[9])
  }
  return inodes
}

/** Without the heading, read as far as they are asked for. */
function* tableLines(table: string): Generator<string> {
  let opened: number
  try {
    opened = openSync(table, 'r')
  } catch {
    // A kernel without IPv6 has no such table.
    return
  }
  try {
    const chunk = Buffer.alloc(TABLE_CHUNK_BYTES)
    let isHeading = true
    let rest = ''
    for (let read = readSync(opened, chunk); read > 0; read = readSync(opened, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, read)).split('\n')
      rest = lines.pop() ?? ''
      if (isHeading) lines.shift()
      isHeading = false
      yield* lines
    }
  } finally {
    closeSync(opened)
  }
}

/** Socket inodes a process holds; undefined when it may not be asked (another user's process). */
export function socketInodes(pid: number): ReadonlySet<string> | undefined {
  try {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readLink(`/proc/${pid}/fd/${fd}`))
    return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  } catch {
    // It ended meanwhile (then it holds nothing), or it is not ours to look into.
    return isAlive(readStat(pid)) ? undefined : new Set()
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // The descriptor was closed between listing and reading.
    return ''
  }
}

/** Undefined when the process has ended or may not be read. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Ended between listing and reading, or not ours to see: both mean that nothing is known.
    return undefined
  }
}
