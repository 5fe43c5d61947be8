import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCliProcess, testCli } from '../../test/fakes/run-cli.ts'
import { writeServerRecord } from '../api/server-record.ts'
import { readVersion } from '../main/version.ts'

const { folder, start, sluice } = testCli()

describe('the server', () => {
  test('that is not running is told with how to start one', async () => {
    const { exit, err } = await runCliProcess(['status'], { env: { SLUICE_STATE: folder } })
    expect(exit).toBe(1)
    expect(err).toContain('sluice up')
    const json = await runCliProcess(['status', '--json'], { env: { SLUICE_STATE: folder } })
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'cli/no-server' } })
    const gone = await runCliProcess(['status', '--server', 'http://127.0.0.1:1'])
    expect(gone).toMatchObject({ exit: 1, err: expect.stringContaining('127.0.0.1:1') })
  })

  test('is found by its record in the state folder', async () => {
    const state = join(folder, 'state/sluice')
    const { url } = await start()
    await writeServerRecord(state, {
      address: url,
      pid: process.pid,
      version: readVersion(),
      startedAt: 0,
    })
    const found = await runCliProcess(['board'], {
      env: { XDG_STATE_HOME: join(folder, 'state'), SLUICE_STATE: '' },
    })
    expect(found).toMatchObject({ exit: 0, out: `${url}\n` })
  })

  test('of another version is told, and still asked', async () => {
    await start({ version: '9.9.9' })
    const { exit, err } = await sluice(['board'])
    expect(exit).toBe(0)
    expect(err).toContain('the server is 9.9.9')
  })

  test('is given the token from the environment or a file; a wrong one is told without showing it', async () => {
    const { tokens } = await start({ trustLoopback: false })
    const made = await tokens.add({ name: 'anna', readOnly: true, by: 'operator' })
    const file = join(folder, 'token')
    await writeFile(file, `${made?.token}\n`)
    expect((await sluice(['status', '--token-file', file])).exit).toBe(0)
    expect((await sluice(['status'], { env: { SLUICE_TOKEN: made?.token ?? '' } })).exit).toBe(0)
    expect((await sluice(['lock', 'shop/staging', '--token-file', file])).exit).toBe(2)
    const wrong = await sluice(['status'], { env: { SLUICE_TOKEN: 'sluice_wrong' } })
    expect(wrong.exit).toBe(1)
    expect(wrong.err).not.toContain('sluice_wrong')
    expect((await sluice(['status'])).err).toContain('token')
  })

  test('mistakes of the server carry the id that is in its log', async () => {
    const { control, lines } = await start()
    control.failNext = new Error('boom')
    const { exit, err } = await sluice(['status'])
    expect(exit).toBe(1)
    const id = String(lines.find((line) => line.level === 'error')?.fields['id'])
    expect(err).toContain(id)
  })
})

describe('tokens', () => {
  test('are added, listed and revoked on a running server', async () => {
    const { tokens } = await start()
    const made = await sluice(['token', 'add', 'anna', '--read-only'])
    expect(made.out).toMatch(/^sluice_\S{43}\n$/)
    expect(await tokens.whose(made.out.trim())).toMatchObject({ name: 'anna', readOnly: true })
    expect((await sluice(['token', 'add', 'anna'])).exit).toBe(2)
    expect((await sluice(['token', 'list'])).out).toContain('anna (read-only)')
    expect((await sluice(['token', 'revoke', 'anna', '--yes'])).exit).toBe(0)
    expect(await tokens.whose(made.out.trim())).toBeUndefined()
  })

  test('can be made before a server runs, in a file that only its owner reads', async () => {
    const env = { SLUICE_STATE: join(folder, 'fresh') }
    const made = await runCliProcess(['token', 'add', 'anna', '--json'], { env })
    expect(made.exit).toBe(0)
    const file = join(folder, 'fresh/tokens.json')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).not.toContain(JSON.parse(made.out).token)
    expect((await runCliProcess(['token', 'list'], { env })).out).toContain('anna')
  })
})
