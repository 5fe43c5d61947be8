// Who listens on a port, as far as /proc tells (Linux, processes we may look into).
import { readdir, readFile, readlink } from 'node:fs/promises'

export type PortOwner = { readonly pid: number; readonly command: string }

/** Those of this user who listen where we would; of other users' processes /proc does not tell. */
export async function portOwners(host: string, port: number): Promise<readonly PortOwner[]> {
  const inodes = await listeningInodes(host, port)
  if (inodes.size === 0) return []
  const owners: PortOwner[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsAny(pid, inodes)) owners.push({ pid: Number(pid), command: await commandOf(pid) })
  }
  return owners
}

async function listeningInodes(host: string, port: number): Promise<ReadonlySet<string>> {
  const LISTEN = '0A'
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readOrEmpty(table)).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      const [address = '', hexPort = ''] = local?.split(':') ?? []
      const isOurs = Number.parseInt(hexPort, 16) === port && overlaps(address, host)
      if (state === LISTEN && isOurs && inode !== undefined) inodes.add(inode)
    }
  }
  return inodes
}

/** Two IPv4 addresses that differ do not meet; about anything else we would rather be wrong on the safe side. */
function overlaps(hexAddress: string, host: string): boolean {
  const isWildcard = /^0+$/.test(hexAddress) || host === '0.0.0.0'
  if (isWildcard || hexAddress.length !== 8 || !/^\d+\.\d+\.\d+\.\d+$/.test(host)) return true
  const bytes = host.split('.').map((part) => Number(part).toString(16).padStart(2, '0').toUpperCase())
  return hexAddress === bytes.toReversed().join('')
}

async function holdsAny(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode !== undefined && inodes.has(inode)) return true
    }
  } catch {
    // Another user's process, or one that ended while we looked.
  }
  return false
}

async function commandOf(pid: string): Promise<string> {
  const line = (await readOrEmpty(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ').trim()
  return line.length > 120 ? `${line.slice(0, 117)}...` : line
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return ''
  }
}
