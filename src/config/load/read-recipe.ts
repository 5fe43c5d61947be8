import { basename } from 'node:path'
import type { BuildRecipe, RunRecipe } from '../../domain/pipeline/definition.ts'
import { ConfigError } from '../config-mistake.ts'
import { findConfigs } from './find-config.ts'
import { type LoadOptions, loadConfig } from './load-config.ts'

export type Recipe = { readonly build: BuildRecipe; readonly run: RunRecipe }

/**
 * How a checkout says that it is built and run. Null when it has no config, or one without this service: then the
 * loaded config counts. Throws `ConfigError` when the checkout's config is broken: the change is at fault.
 */
export async function readRecipe(
  folder: string,
  service: string,
  options: LoadOptions = {},
): Promise<Recipe | null> {
  const [file, second] = await findConfigs(folder)
  if (file === undefined) return null
  if (second !== undefined) throw severalConfigs(file, second)
  const loaded = await loadConfig(file, options)
  // What several repositories share is not in the checkout of one: then what was loaded beside it counts.
  if (!loaded.ok && loaded.mistakes.every(({ path }) => path[0] === 'extends')) return null
  if (!loaded.ok) throw new ConfigError(loaded.mistakes.map((mistake) => withoutFolder(mistake, folder)))
  const definition = loaded.config.services.find((candidate) => candidate.service === service)
  return definition === undefined ? null : { build: definition.build, run: definition.run }
}

/** Checkouts lie in folders that mean nothing to people. */
function withoutFolder<T extends { readonly file: string }>(mistake: T, folder: string): T {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`
  return mistake.file.startsWith(prefix) ? { ...mistake, file: mistake.file.slice(prefix.length) } : mistake
}

function severalConfigs(file: string, second: string): ConfigError {
  const message = `stands beside ${basename(second)}; keep one of them, so that it is clear which counts`
  return new ConfigError([
    {
      file: basename(file),
      line: 1,
      column: 1,
      code: 'config/contradiction',
      path: [],
      at: 'value',
      message,
      suggestion: null,
    },
  ])
}
