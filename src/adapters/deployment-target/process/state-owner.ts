// Two programs that restart the instances of one state folder would fight over them, so a folder has one owner.
import { link, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PortFailure } from '../../../ports/port-failure.ts'
import { readIfThere } from './durable-file.ts'
import { asJson } from './instance-record.ts'
import { isStillRunning, readStat } from './proc.ts'

const ownerShape = z.object({ pid: z.int(), startTicks: z.number(), bootId: z.string() })

/** Takes the folder, also from an owner that is gone. Returns how to give it back. */
export async function ownState(folder: string, bootId: string): Promise<() => Promise<void>> {
  const path = join(folder, 'owner.json')
  const self = { pid: process.pid, startTicks: readStat(process.pid)?.startTicks ?? 0, bootId }
  for (let tries = 0; tries < 3; tries += 1) {
    if (await createOnly(path, JSON.stringify(self))) return () => unlink(path)
    const owner = ownerShape.safeParse(asJson((await readIfThere(path)) ?? ''))
    if (owner.success && owner.data.bootId === bootId && isStillRunning(owner.data)) {
      throw new PortFailure(
        `The state folder ${folder} belongs to process ${owner.data.pid}, which is running. Stop it first, or use another folder.`,
        { code: 'target/state-in-use', again: 'retry', afterMs: 1_000 },
      )
    }
    await unlink(path).catch(() => undefined)
  }
  throw new PortFailure(
    `The state folder ${folder} is being taken by several programs at once. Start one of them.`,
    {
      code: 'target/state-in-use',
      again: 'retry',
      afterMs: 1_000,
    },
  )
}

/** A link appears whole or not at all, so nobody reads a half-written owner. */
async function createOnly(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, content, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft)
  }
}
