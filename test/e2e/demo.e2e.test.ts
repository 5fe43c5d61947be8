// The demo as people run it: real git, real processes, real visitors. It must hold, and it must be able to fail.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../scripts/demo/main.ts', import.meta.url))
const STORY_MS_MAX = 900_000

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-demo-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Played = { readonly code: number | null; readonly text: string }

function play(args: readonly string[], onText?: (text: string, end: () => void) => void): Promise<Played> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'], TMPDIR: folder, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    const hear = (bytes: Buffer): void => {
      text += bytes.toString('utf8')
      onText?.(text, () => child.kill('SIGINT'))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** Processes that were started with something of this test's folder in their command or environment. */
function leftovers(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return command.includes(folder) || environment.includes(folder) ? [`${pid} ${command}`] : []
      } catch {
        // It ended meanwhile, or is not ours to look at.
        return []
      }
    })
}

test('the story happens, every claim holds, and nothing is left behind', {
  timeout: STORY_MS_MAX,
}, async () => {
  const { code, text } = await play(['--exit'])
  expect(text).toMatch(/All \d+ claims hold\./)
  expect(text).not.toContain('✗')
  expect(code).toBe(0)
  expect(leftovers()).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('the story of the hotfix happens too: past the lock by name, taken back, and #8 inside #9', {
  timeout: STORY_MS_MAX,
}, async () => {
  const { code, text } = await play(['--story', 'hotfix', '--exit'])
  expect(text).toMatch(/All \d+ claims hold\./)
  expect(text).not.toContain('✗')
  expect(code).toBe(0)
  expect(leftovers()).toEqual([])
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
  expect(leftovers()).toEqual([])
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
  expect(leftovers()).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})
