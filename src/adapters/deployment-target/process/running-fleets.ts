// How many instances are wanted and run, read from the records beside a server that may be working with them.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentKey } from '../../../domain/names.ts'
import { isMissing, readIfThere } from './durable-file.ts'
import { parseFleetRecord } from './fleet-record.ts'
import { parseRecord } from './instance-record.ts'
import { isStillRunning, readBootId } from './proc.ts'

export type RunningFleet = {
  readonly service: string
  readonly stage: string
  readonly wanted: number
  readonly running: number
}

export async function runningFleets(stateDir: string): Promise<readonly RunningFleet[]> {
  const bootId = readBootId()
  const running = new Map<string, number>()
  for (const id of await namesIn(join(stateDir, 'instances'))) {
    const record = parseRecord((await readIfThere(join(stateDir, 'instances', id, 'record.json'))) ?? '')
    if (!record?.process || record.isStopping) continue
    const key = environmentKey(record.environment)
    if (record.process.bootId === bootId && isStillRunning(record.process))
      running.set(key, (running.get(key) ?? 0) + 1)
  }
  const fleets: RunningFleet[] = []
  for (const name of await namesIn(join(stateDir, 'environments'))) {
    const record = parseFleetRecord((await readIfThere(join(stateDir, 'environments', name))) ?? '')
    const wanted = record?.wishes.reduce((sum, { count }) => sum + count, 0) ?? 0
    if (record && wanted > 0)
      fleets.push({
        ...record.environment,
        wanted,
        running: running.get(environmentKey(record.environment)) ?? 0,
      })
  }
  return fleets
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.endsWith('.draft')).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
