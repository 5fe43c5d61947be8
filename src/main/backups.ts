// Backups of a running server: made when somebody asks and every so often, read through after they are written, the
// newest few kept. Each is one file beside the store, where the refusal of a damaged store looks for the last good one.
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { checkStore } from '../adapters/event-log/sqlite/check-store.ts'
import type { BackupRow } from '../api/backup.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { artifactsToKeep } from '../domain/service/forget.ts'
import { PortFailure } from '../ports/port-failure.ts'
import type { BuiltPorts } from './build-ports.ts'
import type { Places } from './places.ts'

/** Backups that are not this old yet are enough; looked at this often. */
const LOOK_MS = 10 * 60_000
export const BACKUP_NAME = /^backup-(\d{4}-\d\d-\d\dT\d{6}Z)-(\d+)\.sqlite$/

export type BackupPlan = { readonly everyMs: number; readonly keep: number }

export interface Backups {
  make(): Promise<BackupRow>
  list(): Promise<readonly BackupRow[]>
  /** Null: only when somebody asks. */
  schedule(plan: BackupPlan | null): void
  stop(): Promise<void>
}

export function createBackups(parts: {
  readonly places: Places
  readonly ports: Pick<BuiltPorts, 'eventLog' | 'clock' | 'log'>
  readonly coordinator: Pick<Coordinator, 'services' | 'state'>
}): Backups {
  const { places, coordinator } = parts
  const { eventLog, clock, log } = parts.ports
  const stopped = new AbortController()
  let plan: BackupPlan | null = null
  /** One at a time: two in the same second would have one name. */
  let turn: Promise<unknown> = Promise.resolve()

  const make = async (): Promise<BackupRow> => {
    const at = clock.now()
    const [newest] = await eventLog.readBefore(Number.MAX_SAFE_INTEGER, 1)
    const name = `backup-${stampOf(at)}-${newest?.position ?? 0}.sqlite`
    const file = join(places.backups, name)
    await mkdir(places.backups, { recursive: true, mode: 0o700 })
    const artifacts = coordinator
      .services()
      .flatMap((service) => [...artifactsToKeep(coordinator.state(service))])
    await eventLog.backup(file, { files: await filesOf(places), artifacts })
    await chmod(file, 0o600)
    const report = checkStore(file)
    if (!report.isSound || report.lastPosition < (newest?.position ?? 0)) {
      await rm(file, { force: true })
      throw new PortFailure(
        `the backup was not whole when it was read again (${report.problems.slice(0, 3).join('; ')}), and was removed; look at the disk, and at the store: sluice doctor`,
        { code: 'backup/not-whole', again: 'retry' },
      )
    }
    const { size } = await stat(file)
    log.info({ file, events: report.events, bytes: size }, 'a backup was made and read through')
    return { file, at, position: report.lastPosition, bytes: size }
  }

  const inTurn = (): Promise<BackupRow> => {
    const made = turn.then(make)
    turn = made.catch(() => undefined)
    return made
  }

  const list = async (): Promise<readonly BackupRow[]> => listBackups(places)

  const keepMaking = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(LOOK_MS, stopped.signal)
      if (stopped.signal.aborted || plan === null) continue
      try {
        const [newest] = await list()
        // A clock that was set back must not make one at every look.
        if (newest && Math.abs(clock.now() - newest.at) < plan.everyMs) continue
        await inTurn()
        for (const old of (await list()).slice(plan.keep)) await rm(old.file, { force: true })
      } catch (error) {
        log.error({ error }, 'the scheduled backup was not made; it is tried again')
      }
    }
  }
  const making = keepMaking()

  return {
    make: inTurn,
    list,
    schedule: (wanted) => {
      plan = wanted
    },
    stop: async () => {
      stopped.abort()
      await Promise.all([making, turn])
    },
  }
}

/** Newest first. */
export async function listBackups(places: Places): Promise<readonly BackupRow[]> {
  const names = await readdir(places.backups).catch(() => [])
  const rows = await Promise.all(
    names.map(async (name): Promise<readonly BackupRow[]> => {
      const [, stamp, position] = BACKUP_NAME.exec(name) ?? []
      if (stamp === undefined) return []
      const file = join(places.backups, name)
      const found = await stat(file).catch(() => undefined)
      return found ? [{ file, at: readStamp(stamp), position: Number(position), bytes: found.size }] : []
    }),
  )
  return rows.flat().sort((a, b) => b.at - a.at || b.position - a.position)
}

/** `2026-11-21T161500Z`: sorts like time, and is a file name everywhere. */
export function stampOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(':', '')}Z`
}

function readStamp(stamp: string): number {
  const [, date, hour, minute, second] = /^(.{10})T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp) ?? []
  return Date.parse(`${date}T${hour}:${minute}:${second}Z`)
}

/** What cannot be told again from the events: sealed secrets, and who may talk to the server. Never the key. */
async function filesOf(places: Places): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const path of [places.secrets, places.tokens])
    try {
      files.set(relative(places.state, path), await readFile(path))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  return files
}
