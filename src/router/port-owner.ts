// Who listens on a port, as far as /proc tells (Linux, processes we may look into).
import { readdir, readFile, readlink } from 'node:fs/promises'

export type PortOwner = { readonly pid: number; readonly command: string }

/** Empty when nobody listens or nobody can be named. `isTaken` tells the two apart. */
export async function portOwners(
  port: number,
): Promise<{ readonly isTaken: boolean; readonly owners: readonly PortOwner[] }> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return { isTaken: false, owners: [] }
  const owners: PortOwner[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsAny(pid, inodes)) owners.push({ pid: Number(pid), command: await commandOf(pid) })
  }
  return { isTaken: true, owners }
}

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const LISTEN = '0A'
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readOrEmpty(table)).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      const hexPort = local?.split(':')[1]
      if (state === LISTEN && hexPort !== undefined && Number.parseInt(hexPort, 16) === port && inode)
        inodes.add(inode)
    }
  }
  return inodes
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
