// The machine that Sluice is to run on: programs, disk, memory, ports.
import { execFile } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bad, type DoctorFinding, fine, warn } from './finding.ts'

const NODE_MIN = [22, 18] as const
const GIT_MIN = [2, 25] as const
const MB = 1024 ** 2
const DISK_BYTES_WARN = 2_048 * MB
const DISK_BYTES_BAD = 200 * MB
const FILES_FREE_MIN = 10_000
const MEMORY_BYTES_WARN = 256 * MB
const GIT_MS_MAX = 10_000

export function checkNode(version: string = process.versions.node): DoctorFinding {
  return isAtLeast(version, NODE_MIN)
    ? fine('node', `Node ${version}`)
    : bad('node', `Node ${version} is too old`, `install Node ${NODE_MIN.join('.')} or newer; 24 is best`)
}

export async function checkGit(program = 'git'): Promise<DoctorFinding> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: GIT_MS_MAX })
    const version = /\d+(\.\d+)+/.exec(stdout)?.[0] ?? '0'
    return isAtLeast(version, GIT_MIN)
      ? fine('git', `git ${version}`)
      : bad('git', `git ${version} is too old`, `install git ${GIT_MIN.join('.')} or newer`)
  } catch (error) {
    return bad('git', `git cannot be run: ${wordsOf(error)}`, 'install git, and see that it is in PATH')
  }
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number)
  return first > major || (first === major && second >= minor)
}

export function checkDisk(folder: string): DoctorFinding {
  const disk = statfsSync(folder)
  const free = disk.bavail * disk.bsize
  const text = `${Math.round(free / MB)} MB are free for ${folder}`
  const room = 'make room there; builds, artifacts and backups need it, and a full disk stops everything'
  if (free < DISK_BYTES_BAD) return bad('disk', text, room)
  // Some file systems count no files.
  if (disk.files > 0 && disk.ffree < FILES_FREE_MIN)
    return bad(
      'disk',
      `only ${disk.ffree} more files can be made in ${folder}`,
      'remove what is not needed there',
    )
  return free < DISK_BYTES_WARN ? warn('disk', text, room) : fine('disk', text)
}

/** The smaller of what the machine and what the control group of this session leaves. */
export function checkMemory(proc = '/proc', groups = '/sys/fs/cgroup'): DoctorFinding {
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(read(join(proc, 'meminfo')))?.[1] ?? 0) * 1024
  const group = /^0::(.*)$/m.exec(read(join(proc, 'self', 'cgroup')))?.[1] ?? '/'
  const limit = Number(read(join(groups, group, 'memory.max')).trim() || 'none')
  const used = Number(read(join(groups, group, 'memory.current')).trim() || '0')
  const left = Number.isFinite(limit) ? Math.min(available, limit - used) : available
  if (left === 0)
    return warn('memory', 'how much memory is free cannot be told here', 'see that there is enough of it')
  const limited = Number.isFinite(limit)
    ? ` (limited to ${Math.round(limit / MB)} MB by control group ${group})`
    : ''
  const text = `${Math.round(left / MB)} MB of memory are free${limited}`
  return left < MEMORY_BYTES_WARN
    ? warn('memory', text, 'give it more, lower the number of instances, or lower limits.warmMemory')
    : fine('memory', text)
}

/** Only to be asked while nothing of ours has the port. */
export async function checkPort(what: string, host: string, port: number): Promise<DoctorFinding> {
  const check = `port of the ${what}`
  const taken = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(wordsOf(error)))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
  return taken === undefined
    ? fine(check, `${host}:${port} is free`)
    : bad(
        check,
        `${host}:${port} cannot be taken: ${taken}`,
        `stop what has it (ss -ltnp 'sport = :${port}'), or choose another in listen of the configuration`,
      )
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not every system has it; what is missing says nothing.
    return ''
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
