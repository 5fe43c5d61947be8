// Four components, each with several versions live: the example as people play it.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leftovers, playStory } from './parts/played-story.ts'

const SCRIPT = fileURLToPath(new URL('../../scripts/many-versions/main.ts', import.meta.url))
const STORY_MS_MAX = 600_000

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-many-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('three versions by customer and plan, five pushed to one customer, and back by tag', {
  timeout: STORY_MS_MAX,
}, async () => {
  const { code, text } = await playStory({ script: SCRIPT, folder }, [])
  expect(text).toMatch(/All \d+ claims hold\./)
  expect(text).not.toContain('✗')
  expect(code).toBe(0)
  expect(leftovers(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})
