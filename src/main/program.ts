// Which program this is, and where its files lie: a checkout, or an installed package with its sources built.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

export const PROGRAM_ROOT = rootAbove(dirname(fileURLToPath(import.meta.url)))
export const PROGRAM_VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(PROGRAM_ROOT, 'package.json'), 'utf8'))).version

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const above = dirname(folder)
  if (above === folder) throw new Error('package.json of sluice was not found above its sources')
  return rootAbove(above)
}
