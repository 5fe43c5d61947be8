// Ends processes for good: first asked, then killed. A command's children share its group; those that left the group
// are known by the TMPDIR they inherited.
import { readdir, readFile } from 'node:fs/promises'
import { kill } from 'node:process'
import type { Clock } from '../../../ports/clock.ts'

const askAgainMs = 20
/** The kernel needs a moment after SIGKILL; a zombie that nobody reaps is not waited for longer. */
const killedWithinMs = 2_000

/** Ends a group; returns at once when nobody is left in it. */
export async function endGroup(group: number, clock: Clock, graceMs: number): Promise<void> {
  await endAll(() => Promise.resolve(isAlive(-group) ? [-group] : []), clock, graceMs)
}

/** Ends every process whose environment names this TMPDIR. */
export async function endByTmp(tmp: string, clock: Clock, graceMs: number): Promise<void> {
  await endAll(() => processesWith(`TMPDIR=${tmp}`), clock, graceMs)
}

async function endAll(find: () => Promise<readonly number[]>, clock: Clock, graceMs: number): Promise<void> {
  let left = await find()
  if (left.length === 0) return
  for (const [signal, patienceMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', killedWithinMs],
  ] as const) {
    const endAt = clock.monotonicMs() + patienceMs
    do {
      // Sent again each time: one that was just being started missed the last.
      for (const pid of left) send(pid, signal)
      await clock.sleep(askAgainMs)
      left = await find()
      if (left.length === 0) return
    } while (clock.monotonicMs() < endAt)
  }
}

function isAlive(pid: number): boolean {
  try {
    kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    kill(pid, signal)
  } catch {
    // Already gone.
  }
}

/** Where there is no /proc, groups alone must do. */
async function processesWith(setting: string): Promise<readonly number[]> {
  let names: readonly string[]
  try {
    names = await readdir('/proc')
  } catch {
    return []
  }
  const wanted = Buffer.from(`${setting}\0`)
  const found: number[] = []
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    try {
      // Empty for a zombie, refused for a process of somebody else.
      const environment = await readFile(`/proc/${name}/environ`)
      const at = environment.indexOf(wanted)
      if (at === 0 || (at > 0 && environment[at - 1] === 0)) found.push(Number(name))
    } catch {
      continue
    }
  }
  return found
}
