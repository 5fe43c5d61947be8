// The processes of one installation, as the operating system shows them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export type Role = 'server' | 'router' | 'keeper'
export type InstanceProcess = {
  readonly pid: number
  readonly id: string
  readonly service: string
  readonly stage: string
  readonly release: number
  /** Where it runs. */
  readonly folder: string
}

export function programs(role: Role, state: string): readonly number[] {
  const script = { server: '/main/serve.ts', router: '/main/route.ts', keeper: '/main/keeper.ts' }[role]
  const folder = role === 'router' ? `${state}/router` : state
  const found = pids().filter((pid) => {
    const words = read(`/proc/${pid}/cmdline`).split('\0')
    return words.some((word) => word.endsWith(script)) && words[words.indexOf('--state') + 1] === folder
  })
  // A child carries its parent's command line until it begins its own.
  return found.filter((pid) => !found.includes(statOf(pid, 4)))
}

/** Leaders of instances: what the target started, not what those started in turn. */
export function instances(state: string): readonly InstanceProcess[] {
  return pids().flatMap((pid) => {
    if (!folderOf(pid).startsWith(`${state}/instances/`) || statOf(pid, 5) !== pid) return []
    const variables = new Map(
      read(`/proc/${pid}/environ`)
        .split('\0')
        .map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
    )
    const id = variables.get('SLUICE_INSTANCE')
    return id === undefined
      ? []
      : [
          {
            pid,
            id,
            service: variables.get('SLUICE_SERVICE') ?? '',
            stage: variables.get('SLUICE_STAGE') ?? '',
            release: Number(variables.get('SLUICE_RELEASE')),
            folder: folderOf(pid),
          },
        ]
  })
}

/** Everything that has to do with a folder: its command, its environment or where it stands names it. */
export function strays(folder: string): readonly string[] {
  return pids().flatMap((pid) => {
    if (pid === process.pid) return []
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
    if (command === '') return []
    const isOurs =
      command.includes(folder) ||
      folderOf(pid).startsWith(folder) ||
      read(`/proc/${pid}/environ`).includes(folder)
    return isOurs ? [`${pid}: ${command}`] : []
  })
}

/** Ports of the clients whose connections a process holds on one of its own ports. */
export function clientPortsOf(pid: number, localPort: number): ReadonlySet<number> {
  return new Set(
    socketsOn(pid, localPort).flatMap(({ state, remotePort }) => (state === LISTENS ? [] : [remotePort])),
  )
}

export function listensOn(pid: number, port: number): boolean {
  return socketsOn(pid, port).some(({ state }) => state === LISTENS)
}

const LISTENS = '0A'

function socketsOn(
  pid: number,
  localPort: number,
): readonly { readonly state: string; readonly remotePort: number }[] {
  const inodes = new Set(
    list(`/proc/${pid}/fd`).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    ),
  )
  const lines = read(`/proc/${pid}/net/tcp`).split('\n').slice(1)
  return lines.flatMap((line) => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
    return inode !== undefined && state !== undefined && inodes.has(inode) && portOf(local) === localPort
      ? [{ state, remotePort: portOf(remote) }]
      : []
  })
}

export function isAlive(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`) !== ''
}

/** The most memory that a process ever held at once. */
export function peakMemoryBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

export function memoryBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}

function pids(): readonly number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '0', 16)
}

/** A field of /proc/PID/stat, counted as proc(5) does: 4 is the parent, 5 the group. */
function statOf(pid: number, field: number): number {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field - 3])
}

function folderOf(pid: number): string {
  return link(`/proc/${pid}/cwd`)
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
