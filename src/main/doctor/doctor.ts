// `sluice doctor`: looks at everything that must be well for Sluice to work, and says what to do about what is not. It
// changes nothing, asks nobody for anything but whether they answer, and may be run beside a working server.
import { mkdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createEncryptedFileSecrets } from '../../adapters/secret-store/encrypted-file/encrypted-file-secrets.ts'
import { KEY_VARIABLE } from '../../adapters/secret-store/encrypted-file/secret-key.ts'
import { DEFAULTS } from '../../config/complete/defaults.ts'
import { findConfigs } from '../../config/load/find-config.ts'
import { loadConfig } from '../../config/load/load-config.ts'
import { keeperOf } from '../left-behind.ts'
import { placesIn, type Places } from '../places.ts'
import { bad, type DoctorFinding } from './finding.ts'
import { checkDisk, checkGit, checkMemory, checkNode, checkPort } from './machine-checks.ts'
import { checkInstances, checkRouters, checkServer } from './running-checks.ts'
import { checkBackups, checkClock, checkEvents, checkRights, checkSecrets } from './state-checks.ts'

export type DoctorRequest = {
  readonly state: string
  /** Where the configuration is looked for, for its ports. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: number
}

export async function doctor({ state, folder, env, now }: DoctorRequest): Promise<readonly DoctorFinding[]> {
  const places = placesIn(state)
  const secrets = createEncryptedFileSecrets({
    file: places.secrets,
    key: { variable: env[KEY_VARIABLE], file: places.secretKey },
  })
  const looks: readonly (readonly [string, () => unknown])[] = [
    ['node', () => checkNode()],
    ['git', () => checkGit()],
    ['state folder', () => checkRights(places)],
    ['disk', () => checkDisk(existing(places))],
    ['memory', () => checkMemory()],
    ['clock', () => checkClock(lastRecorded(places), now)],
    ['ports', () => checkPorts(places, folder)],
    ['server', () => checkServer(places)],
    ['routers', () => checkRouters(places)],
    ['instances', () => checkInstances(places)],
    ['secrets', () => checkSecrets(secrets)],
    ['store', () => checkEvents(places)],
    ['backups', () => checkBackups(places, now)],
  ]
  const findings: DoctorFinding[] = []
  for (const [check, look] of looks) findings.push(...(await answered(check, look)))
  return findings
}

/** A look that fails is a finding like any other; the next one is taken all the same. */
async function answered(check: string, look: () => unknown): Promise<readonly DoctorFinding[]> {
  try {
    const found = (await look()) as DoctorFinding | readonly DoctorFinding[]
    return 'check' in found ? [found] : found
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return [bad(check, `could not be looked at: ${said}`, 'see what the sentence says')]
  }
}

function existing({ state }: Places): string {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  return state
}

/** While ours has them they are taken, and that is as it should be. */
async function checkPorts(places: Places, folder: string): Promise<readonly DoctorFinding[]> {
  if (keeperOf(places) !== undefined) return []
  const [file] = await findConfigs(folder).catch(() => [])
  const loaded = file === undefined ? undefined : await loadConfig(file)
  const listen = loaded?.ok ? loaded.config.listen : DEFAULTS.listen
  return [
    await checkPort('router', listen.host, listen.port),
    await checkPort('API', '127.0.0.1', listen.apiPort),
  ]
}

function lastRecorded({ store }: Places): number | undefined {
  try {
    using opened = new DatabaseSync(store, { readOnly: true })
    const row = opened
      .prepare(`SELECT json_extract(data, '$.at') AS at FROM events ORDER BY position DESC LIMIT 1`)
      .get()
    return typeof row?.['at'] === 'number' ? row['at'] : undefined
  } catch {
    // No store, or one that the look at the store tells of.
    return undefined
  }
}
