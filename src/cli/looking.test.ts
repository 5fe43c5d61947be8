import { describe, expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'

const { start, sluice } = testCli()

describe('looking', () => {
  test('status answers at a glance: stage, release, sha, author, what it does and what waits', async () => {
    await start()
    const { exit, out, err } = await sluice(['status', '-s', 'shop'], { env: { COLUMNS: '120' } })
    expect(err).toBe('')
    expect(exit).toBe(0)
    expect(out).toMatch(/staging\s+#12\s+0cf3a2b\s+Anna Berg\s.*baking #12: 20m of 1h, 40 of 100 requests/)
    expect(out).toMatch(/production\s+#11/)
    expect(out).toContain('#12 waits: bakes in staging')
    expect(out).not.toContain('\u001b')
  })

  test('status keeps to the width, and colours only what a person sees', async () => {
    await start()
    const narrow = await sluice(['status'], { env: { COLUMNS: '60' } })
    for (const line of narrow.out.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    const forced = await sluice(['status'], { env: { FORCE_COLOR: '1' } })
    expect(forced.out).toContain('\u001b[1m')
    const never = await sluice(['status'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(never.out).not.toContain('\u001b')
  })

  test('nothing in a commit can steer the terminal', async () => {
    const { control } = await start()
    const [shop] = control.services
    const [staging] = shop?.stages ?? []
    if (shop === undefined || staging?.live == null) return expect.unreachable()
    const live = { ...staging.live, author: 'Eve\u001b]0;owned\u0007\u202eevE' }
    control.services = [{ ...shop, stages: [{ ...staging, live }] }]
    control.log = { text: 'ok \u001b[32mgreen\u001b[0m \u001b[2Jgone \u001b]0;x\u0007\n', ended: true }
    expect((await sluice(['status'])).out).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
    const { out } = await sluice(['logs', '12'])
    expect(out).toContain('\u001b[32mgreen')
    expect(out).not.toContain('\u001b[2J')
    expect(out).not.toContain('\u001b]')
  })

  test('--json is the document of the API', async () => {
    const { control, url } = await start()
    expect(JSON.parse((await sluice(['status', '--json'])).out)).toEqual(await control.board())
    expect(JSON.parse((await sluice(['why', '12', '-s', 'shop', '--json'])).out)).toMatchObject({
      service: 'shop',
      release: 12,
      why: [{ stage: 'staging' }, { stage: 'production', why: [{ code: 'bake/running' }] }],
    })
    expect(JSON.parse((await sluice(['plan', '-s', 'shop', '--json'])).out)).toMatchObject({
      plan: [{ stage: 'staging' }, { stage: 'production', at: null }],
    })
    expect(JSON.parse((await sluice(['board', '--json'])).out)).toEqual({ address: url })
    expect(JSON.parse((await sluice(['logs', '12', '-s', 'shop', '--json'])).out)).toMatchObject({
      text: 'installing\nbuilding\ndone\n',
      ended: true,
    })
  })

  test('status --watch shows each change until it is interrupted', async () => {
    const { control, server: api } = await start()
    let changed = false
    const { exit, out } = await sluice(['status', '--watch', '--json'], {
      onOut: (soFar, end) => {
        const positions = soFar.trim().split('\n').length
        if (api.listeners() === 1 && !changed) {
          changed = true
          control.change()
        }
        if (soFar.includes('"position":41') || positions > 20) end()
      },
    })
    expect(exit).toBe(0)
    expect(out).toContain('"position":40')
    expect(out).toContain('"position":41')
  })

  test('logs --follow stays until the build has ended', async () => {
    const { control } = await start()
    control.log = { text: 'one\n', ended: false }
    const { exit, out } = await sluice(['logs', '12', '-s', 'shop', '--follow'], {
      onOut: () => {
        control.log = { text: 'one\ntwo\n', ended: true }
      },
    })
    expect({ exit, out }).toEqual({ exit: 0, out: 'one\ntwo\n' })
  })

  test('the backlog tells what waits: by whom, how large, how risky, and what would come at once', async () => {
    await start()
    const { out } = await sluice(['backlog', '-s', 'shop'])
    expect(out).toContain('production: 1 change, 3 files +40 -2')
    expect(out).toContain('#12 was merged 1.3 days ago')
    expect(out).toContain(
      '#12 Orders have a currency (Anna Berg, Ben Fuchs; 30h, 3 files +40 -2): not foreseen',
    )
    expect(out).toContain('it changes the database: db/migrate/7.sql')
    expect(out).toContain('unlock --queue latest: 1 change in one: #12, all live')
    expect(out).toContain('Bottleneck: production keeps 1 change waiting longest')
    expect((await sluice(['backlog', 'staging', '-s', 'shop'])).out).toBe('Nothing waits.\n')
  })

  test('a plan without a change says what would be possible, and nothing of the next merge', async () => {
    await start()
    const { out } = await sluice(['plan', '-s', 'shop', '--without', '#11'])
    expect(out).toContain('Without #11:')
    expect(out).toContain('production: #12 enters production')
    expect(out).not.toContain('is built')
    expect((await sluice(['plan', '-s', 'shop', '--without', 'eleven'])).exit).toBe(64)
    expect((await sluice(['plan', '-s', 'shop', '--without', '#99'])).exit).not.toBe(0)
  })

  test('a revert is prepared, and said with what to do next; a conflict is 2', async () => {
    await start()
    const { exit, out } = await sluice(['revert', '#12', '-s', 'shop'])
    expect(exit).toBe(0)
    expect(out).toContain('the branch revert-12 takes it back')
    expect(out).toContain('This reverts commit x.')
    expect(out).toContain('git push origin revert-12')
    expect(await sluice(['revert', '10', '-s', 'shop'])).toMatchObject({ exit: 2, out: '' })
  })
})
