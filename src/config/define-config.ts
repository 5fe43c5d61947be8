// What `import { defineConfig } from 'sluice'` gives. It imports nothing at run time, so that a config file can be
// evaluated in any checkout, also one that never installed this package.
import type { ConfigInput } from './schema/config-schema.ts'

export type { ConfigInput } from './schema/config-schema.ts'

/** Returns the config as it is; it is here for the types, and for completion in the editor. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}
