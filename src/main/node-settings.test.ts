import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { childEnvironment } from './node-settings.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-compiled-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('what a router compiled is kept soon after its start, for it may be killed', async () => {
  const compiled = join(folder, 'compiled')
  const script = join(import.meta.dirname, 'route.ts')
  const router = spawn(process.execPath, [script, '--state', join(folder, 'router'), '--port', '0'], {
    env: childEnvironment(compiled),
    stdio: 'ignore',
  })
  try {
    const kept = (): number => readdirSync(compiled, { recursive: true }).length
    await expect.poll(() => kept(), { timeout: 30_000, interval: 100 }).toBeGreaterThan(20)
  } finally {
    const ended = new Promise((resolve) => router.once('exit', resolve))
    router.kill('SIGKILL')
    await ended
  }
}, 40_000)

test('where a caller keeps what is compiled is left to them', () => {
  process.env['NODE_COMPILE_CACHE'] = '/var/cache/node'
  try {
    expect(childEnvironment(folder)['NODE_COMPILE_CACHE']).toBe('/var/cache/node')
  } finally {
    delete process.env['NODE_COMPILE_CACHE']
  }
})
