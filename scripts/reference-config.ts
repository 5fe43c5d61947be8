// Writes docs/reference/config.md from the schema and the example.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readExample } from '../src/config/example.ts'
import { referencePage } from '../src/config/reference-page.ts'

const page = fileURLToPath(new URL('../docs/reference/config.md', import.meta.url))
writeFileSync(page, referencePage(await readExample()))
console.log(`wrote ${page}`)
