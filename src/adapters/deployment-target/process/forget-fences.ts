// After a store was put back that is behind what this target was told last, while no server runs.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../../domain/names.ts'
import { isMissing, readIfThere, writeDurably } from './durable-file.ts'
import { parseFleetRecord } from './fleet-record.ts'

/**
 * Forgets how far each environment had come, so that an older store is listened to again, and the wishes for releases
 * that are not `kept`: their instances are stopped when the target is opened next.
 */
export async function forgetFences(
  stateDir: string,
  isKept: (environment: Environment, release: number) => boolean,
): Promise<void> {
  const folder = join(stateDir, 'environments')
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  for (const name of names) {
    const path = join(folder, name)
    const record = parseFleetRecord((await readIfThere(path)) ?? '')
    if (!record) continue
    const wishes = record.wishes.filter((wish) => isKept(record.environment, wish.release))
    await writeDurably(path, JSON.stringify({ ...record, fence: 0, wishes }))
  }
}
