// An environment that holds what a command needs to run at all, and nothing of ours: no token, no NODE_OPTIONS, no npm
// settings of whoever started the server.
import { realpathSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'

export type CallerEnvironment = Readonly<Record<string, string | undefined>>

const pathWithout = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export function cleanEnvironment(
  caller: CallerEnvironment,
  own: { readonly home: string; readonly tmp: string; readonly installedIn: string },
): Record<string, string> {
  return {
    PATH: pathWithoutOurs(caller['PATH'] ?? pathWithout, own.installedIn),
    HOME: own.home,
    TMPDIR: own.tmp,
    LANG: caller['LANG'] ?? 'C.UTF-8',
    TZ: caller['TZ'] ?? 'UTC',
  }
}

/** Drops the program folders that npm put on the path because Sluice is installed beside them. */
export function pathWithoutOurs(path: string, installedIn: string): string {
  const ours = new Set<string>()
  for (let folder = installedIn; ; folder = dirname(folder)) {
    ours.add(real(join(folder, 'node_modules', '.bin')))
    if (dirname(folder) === folder) break
  }
  const isOurs = (entry: string) =>
    entry.endsWith(`${sep}node-gyp-bin`) ||
    (entry.replace(/\/+$/, '').endsWith(join('node_modules', '.bin')) && ours.has(real(entry)))
  return path
    .split(delimiter)
    .filter((entry) => entry !== '' && !isOurs(entry))
    .join(delimiter)
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
