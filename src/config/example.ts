import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The commented example that ships; `sluice config example` prints it. */
export const EXAMPLE_FILE = fileURLToPath(
  new URL('../../examples/everything/sluice.config.ts', import.meta.url),
)

export async function readExample(): Promise<string> {
  return readFile(EXAMPLE_FILE, 'utf8')
}
