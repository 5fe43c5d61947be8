import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readExample } from '../../src/config/example.ts'
import { referencePage } from '../../src/config/reference-page.ts'

test('the reference of the config is what `node scripts/reference-config.ts` writes', async () => {
  const page = await readFile(new URL('../../docs/reference/config.md', import.meta.url), 'utf8')
  expect(page).toBe(referencePage(await readExample()))
})
