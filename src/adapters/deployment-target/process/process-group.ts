// One instance's processes: its leader's process group, and whoever left the group but still carries the instance's
// name in its environment.
import type { Clock } from '../../../ports/clock.ts'
import {
  hasVariable,
  isStillRunning,
  listProcesses,
  loopbackInodes,
  type ProcessIdentity,
  type ProcessStat,
  readStat,
  socketInodes,
} from './proc.ts'

export type ProcessGroup = {
  /** Null when it is not known which process was started. */
  readonly leader: ProcessIdentity | null
  /** `SLUICE_INSTANCE=ins_…`, as it stands in the environment of everything the instance starts. */
  readonly mark: string
  /**
   * True while we have watched the leader without a gap. Once a leader has ended unwatched its number may have been
   * given to a stranger's group, and then only the mark counts.
   */
  readonly isWatched: boolean
}

export function groupMembers(
  group: ProcessGroup,
  processes: readonly ProcessStat[] = listProcesses(),
): readonly ProcessStat[] {
  const isOurs = isGroupOurs(group)
  return processes.filter(
    (member) =>
      (isOurs && member.group === group.leader?.pid) ||
      (member.pid !== process.pid && hasVariable(member.pid, group.mark)),
  )
}

function isGroupOurs({ leader, isWatched }: ProcessGroup): boolean {
  if (leader === null) return false
  const inItsPlace = readStat(leader.pid)
  return inItsPlace === undefined ? isWatched : inItsPlace.startTicks === leader.startTicks
}

/**
 * Ends every process of the group: asks first, and after `termMs` does not ask any more. Resolves once nothing is
 * left but zombies, or when the signal aborts.
 */
export async function endGroup(
  group: ProcessGroup,
  options: { readonly termMs: number; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<void> {
  const { clock, signal } = options
  const askedAt = clock.monotonicMs()
  const asked = new Set<string>()
  for (let members = groupMembers(group); members.length > 0; members = groupMembers(group)) {
    if (signal?.aborted) return
    const isOverdue = clock.monotonicMs() - askedAt >= options.termMs
    const pending = members.filter((member) => isOverdue || !asked.has(nameOf(member)))
    signalAll(group, pending, isOverdue ? 'SIGKILL' : 'SIGTERM')
    for (const member of pending) asked.add(nameOf(member))
    const restMs = askedAt + options.termMs - clock.monotonicMs()
    await whileAnyRuns(members, { clock, signal, limitMs: isOverdue ? killPauseMs : restMs })
  }
}

// A killed process may take its time to go (a slow disk, a core dump); killing again in between is harmless.
const killPauseMs = 1_000
const lookMs = 20

/** Watches only those it was given: scanning the whole machine at this pace would cost more than the instances do. */
async function whileAnyRuns(
  members: readonly ProcessIdentity[],
  options: { readonly clock: Clock; readonly signal: AbortSignal | undefined; readonly limitMs: number },
): Promise<void> {
  const until = options.clock.monotonicMs() + Math.max(lookMs, options.limitMs)
  while (members.some(isStillRunning) && options.clock.monotonicMs() < until) {
    if (options.signal?.aborted) return
    await options.clock.sleep(lookMs, options.signal)
  }
}

/** One signal to the group, which reaches what was forked a moment ago too, and one to each who left it. */
function signalAll(group: ProcessGroup, members: readonly ProcessStat[], signal: NodeJS.Signals): void {
  const running = members.filter(isStillRunning)
  const inGroup = running.filter((member) => member.group === group.leader?.pid)
  if (inGroup.length > 0 && group.leader !== null) sendSignal(-group.leader.pid, signal)
  for (const member of running.filter((other) => !inGroup.includes(other))) sendSignal(member.pid, signal)
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended just now, or runs as another user; the caller looks again and keeps the instance until it is gone.
  }
}

function nameOf(member: ProcessIdentity): string {
  return `${member.pid}:${member.startTicks}`
}

/**
 * Whose socket listens on a port: `ours` when a process of the group holds it, `unknown` when some of our processes
 * may not be looked into, so that it may be theirs.
 */
export function listenerOf(port: number, group: ProcessGroup): 'ours' | 'stranger' | 'nobody' | 'unknown' {
  const listening = loopbackInodes(port)
  if (listening.length === 0) return 'nobody'
  const holds = (inodes: ReadonlySet<string> | undefined): boolean =>
    inodes !== undefined && listening.some((inode) => inodes.has(inode))
  // Mostly it is the leader itself, and then nobody else needs to be looked for.
  if (group.leader !== null && isStillRunning(group.leader) && holds(socketInodes(group.leader.pid)))
    return 'ours'
  const held = groupMembers(group).map((member) => socketInodes(member.pid))
  if (held.some(holds)) return 'ours'
  return held.includes(undefined) ? 'unknown' : 'stranger'
}
