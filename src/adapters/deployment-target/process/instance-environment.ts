// The environment of an instance is empty but for what is listed here (behaviour 5.6): what the server was started
// with, its tokens above all, is none of an instance's business.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { releaseWord } from '../../../domain/release-number.ts'
import type { InstanceRecord } from './instance-record.ts'

export type CallerEnvironment = Readonly<Record<string, string | undefined>>

export type InstancePlaces = { readonly home: string; readonly temporary: string; readonly roleFile: string }

export function instanceEnvironment(
  record: InstanceRecord,
  places: InstancePlaces,
  caller: CallerEnvironment,
  secrets: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: pathWithoutOurTools(caller['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', import.meta.dirname),
    LANG: caller['LANG'] ?? 'C.UTF-8',
    ...(caller['TZ'] === undefined ? {} : { TZ: caller['TZ'] }),
    ...record.run.env,
    ...record.env,
    ...secrets,
    HOME: places.home,
    TMPDIR: places.temporary,
    ...(record.port === null ? {} : { PORT: String(record.port) }),
    SLUICE_SERVICE: record.environment.service,
    SLUICE_STAGE: record.environment.stage,
    SLUICE_RELEASE: releaseWord(record.release),
    SLUICE_INSTANCE: record.id,
    ...(record.run.process === undefined ? {} : { SLUICE_PROCESS: record.run.process }),
    SLUICE_ROLE: record.role,
    SLUICE_ROLE_FILE: places.roleFile,
  }
}

/** The caller's PATH without the `node_modules/.bin` folders that belong to the installation we run from. */
export function pathWithoutOurTools(path: string, installedIn: string): string {
  const ours = new Set(
    ancestors(installedIn).flatMap((folder) => bothNames(join(folder, 'node_modules', '.bin'))),
  )
  return path
    .split(delimiter)
    .filter((entry) => !bothNames(entry.replace(/\/+$/, '')).some((name) => ours.has(name)))
    .join(delimiter)
}

/** A folder's name as written and as it really is: node_modules may be a link. */
function bothNames(folder: string): readonly string[] {
  return existsSync(folder) ? [folder, realpathSync(folder)] : [folder]
}

function ancestors(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...ancestors(above)]
}
