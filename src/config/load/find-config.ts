import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Names a config may have. */
export const CONFIG_NAMES = [
  'sluice.config.ts',
  'sluice.config.mts',
  'sluice.config.js',
  'sluice.config.mjs',
  'sluice.yaml',
  'sluice.yml',
] as const

/** The config files of a folder, in the order of the names; more than one is for the caller to refuse. */
export async function findConfigs(folder: string): Promise<readonly string[]> {
  const names = new Set(await readdir(folder))
  return CONFIG_NAMES.filter((name) => names.has(name)).map((name) => join(folder, name))
}
