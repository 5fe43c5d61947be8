// The demo as people run it: real git, real processes, real visitors. It must hold, and it must be able to fail.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { leftovers, playStory } from './parts/played-story.ts'

const MAIN = fileURLToPath(new URL('../../scripts/demo/main.ts', import.meta.url))
const STORY_MS_MAX = 900_000

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-demo-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const play = (args: readonly string[], onText?: Parameters<typeof playStory>[2]) =>
  playStory({ script: MAIN, folder }, args, onText)

test('the story happens, every claim holds, and nothing is left behind', {
  timeout: STORY_MS_MAX,
}, async () => {
  const { code, text } = await play(['--exit'])
  expect(text).toMatch(/All \d+ claims hold\./)
  expect(text).not.toContain('✗')
  expect(code).toBe(0)
  expect(leftovers(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('the story of the hotfix happens too: past the lock by name, taken back, and #8 inside #9', {
  timeout: STORY_MS_MAX,
}, async () => {
  const { code, text } = await play(['--story', 'hotfix', '--exit'])
  expect(text).toMatch(/All \d+ claims hold\./)
  expect(text).not.toContain('✗')
  expect(code).toBe(0)
  expect(leftovers(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('a story that nobody knows is not played', async () => {
  const { code, text } = await play(['--story', 'fairy-tale', '--exit'])
  expect(code).toBe(64)
  expect(text).toContain('there is releases, hotfix')
})

test('with the verdicts switched off the story fails', { timeout: STORY_MS_MAX }, async () => {
  const { code, text } = await play(['--exit', '--without-verdicts'])
  expect(text).toContain('The story broke off')
  expect(text).toMatch(/while waiting for verdict-against #4 in staging: #4 enters production/)
  expect(text).toContain('✗ #4 was stopped while it baked in staging')
  expect(code).toBe(1)
  expect(leftovers(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('Ctrl-C in the middle ends everything', { timeout: STORY_MS_MAX }, async () => {
  let isAsked = false
  const { code } = await play([], (text, end) => {
    if (isAsked || !text.includes('#1 is live in production')) return
    isAsked = true
    end()
  })
  expect(isAsked).toBe(true)
  expect(code).toBe(130)
  expect(leftovers(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})
