// The version of this very program, from the package it came in; also where its files are.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const manifestSchema = z.object({ name: z.literal('sluice'), version: z.string() })

/** Folder of the package: the checkout, or what npm installed. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error('no package.json above the program')
    folder = dirname(folder)
  }
  return folder
}

export function readVersion(): string {
  return manifestSchema.parse(JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'))).version
}
