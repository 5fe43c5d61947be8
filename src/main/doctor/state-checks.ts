// What lies in the state folder: who may read it, whether it is whole, whether there is a copy.
import { existsSync, statSync } from 'node:fs'
import { checkStore } from '../../adapters/event-log/sqlite/check-store.ts'
import type { SecretStore } from '../../ports/secret-store.ts'
import { listBackups } from '../backups.ts'
import type { Places } from '../places.ts'
import { bad, type DoctorFinding, fine, warn } from './finding.ts'

const DAY_MS = 86_400_000
const BACKUP_AGE_MS_MAX = 2 * DAY_MS
/** A clock that is this far behind what was recorded was set back. */
const CLOCK_MS_MAX = 60_000

export function checkRights({ state }: Places, user: number | undefined = process.getuid?.()): DoctorFinding {
  const found = statSync(state, { throwIfNoEntry: false })
  if (!found) return fine('state folder', `${state} is not there yet; it is made by sluice up`)
  if (!found.isDirectory())
    return bad('state folder', `${state} is a file`, 'move it away, or set SLUICE_STATE')
  if (user !== undefined && user !== 0 && found.uid !== user)
    return bad(
      'state folder',
      `${state} belongs to another user`,
      `run Sluice as that user, or: chown -R ${user} ${state}`,
    )
  return (found.mode & 0o077) === 0
    ? fine('state folder', `${state} is yours alone`)
    : warn('state folder', `others on this machine can look into ${state}`, `chmod 700 ${state}`)
}

export async function checkSecrets(secrets: Pick<SecretStore, 'trouble'>): Promise<DoctorFinding> {
  const trouble = await secrets.trouble()
  return trouble === undefined
    ? fine('secrets', 'every secret can be read')
    : bad('secrets', trouble.message, 'until then nothing that needs a secret is started')
}

export function checkEvents({ store }: Places): readonly DoctorFinding[] {
  if (!existsSync(store)) return [fine('store', 'there is none yet; it is made by sluice up')]
  const report = checkStore(store)
  const said = report.problems.slice(0, 3).join('; ')
  const sound = report.isSound
    ? fine('store', `${report.events} events of ${report.streams} streams are whole`)
    : bad(
        'store',
        `${store} is damaged: ${said}`,
        'sluice down, then sluice restore with the newest of sluice backup --list',
      )
  const [first] = report.chain
  const chain =
    first === undefined
      ? fine('audit chain', `unbroken up to event ${report.lastPosition}`)
      : bad(
          'audit chain',
          first,
          'somebody changed the store with another tool; compare it with an export (sluice audit verify) or a backup',
        )
  return report.isSound ? [sound, chain] : [sound]
}

export async function checkBackups(places: Places, now: number): Promise<DoctorFinding> {
  const [newest] = await listBackups(places)
  if (!existsSync(places.store)) return fine('backups', 'there is nothing to back up yet')
  if (!newest)
    return warn(
      'backups',
      'there is none',
      'sluice backup makes one now; a running server makes one every day',
    )
  const days = Math.floor((now - newest.at) / DAY_MS)
  const report = checkStore(newest.file)
  if (!report.isSound)
    return bad(
      'backups',
      `the newest, ${newest.file}, is damaged`,
      'sluice backup makes another; look at the disk',
    )
  const text = `the newest is whole, holds events up to ${newest.position} and is ${days} days old: ${newest.file}`
  return now - newest.at > BACKUP_AGE_MS_MAX
    ? warn('backups', text, 'see backup in the configuration, and the log of the server')
    : fine('backups', text)
}

/** Time that goes back makes locks and windows wrong. `newest` is when the last event was recorded. */
export function checkClock(newest: number | undefined, now: number): DoctorFinding {
  const aheadMs = (newest ?? now) - now
  return aheadMs <= CLOCK_MS_MAX
    ? fine('clock', new Date(now).toISOString())
    : bad(
        'clock',
        `the clock of this machine is ${Math.round(aheadMs / 1_000)} s behind what was recorded last`,
        'set it, and let it be kept (timedatectl set-ntp true): locks, windows and expiry follow it',
      )
}
