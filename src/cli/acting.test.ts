import { describe, expect, test } from 'vitest'
import { stageView } from '../../test/fakes/memory-control.ts'
import { testCli } from '../../test/fakes/run-cli.ts'

const { folder, start, sluice } = testCli()

describe('acting', () => {
  test('a lock needs only a stage; the server fills in the rest, and audit tells it', async () => {
    const { control } = await start()
    const { exit, out } = await sluice(['lock', 'shop/production', '--for', '1h30m', '--suspect', '#12'])
    expect({ exit, out }).toEqual({ exit: 0, out: 'production is locked; nothing enters it\n' })
    expect(control.asked).toMatchObject([
      { act: 'lock', service: 'shop', person: 'operator', body: { forMs: 5_400_000, suspect: 12 } },
    ])
    expect((await sluice(['status', '-s', 'shop'])).out).toContain('locked by operator')
    expect((await sluice(['audit'])).out).toContain('operator locked production')
  })

  test('a lock over a stage of every service is set and lifted as a whole', async () => {
    const { control } = await start()
    const set = await sluice(['lock', 'production', '--all-services', '-r', 'the network is ill', '--json'])
    expect(JSON.parse(set.out)).toMatchObject({ done: true, services: ['shop', 'blog'] })
    expect(control.services.every(({ stages }) => stages.at(-1)?.locks.length === 1)).toBe(true)
    expect((await sluice(['unlock', 'production', '--all-services'])).exit).toBe(64)
    expect((await sluice(['unlock', 'production', '--all-services', '--yes'])).exit).toBe(0)
    expect(control.services.every(({ stages }) => stages.at(-1)?.locks.length === 0)).toBe(true)
  })

  test('all services and one of them cannot both be meant', async () => {
    await start()
    for (const args of [
      ['lock', 'shop/production', '--all-services'],
      ['lock', 'production', '--all-services', '-s', 'shop'],
      ['lock', 'production', '--all-services', '--suspect', '#12'],
      ['lock', '--all-services'],
    ])
      expect(await sluice([...args, '-r', 'x'])).toMatchObject({ exit: 64 })
    expect((await sluice(['lock', 'prod', '--all-services', '-r', 'x'])).exit).toBe(2)
  })

  test('what the rules refuse is 2, in their words, also as JSON', async () => {
    await start()
    const said = await sluice(['rollback', 'shop/production', '--to', '3', '-r', 'x', '--yes'])
    expect(said).toMatchObject({ exit: 2, out: '' })
    expect(said.err).toBe('Refused: #3 is not kept; production could go back to #10, #9 (release/not-kept)\n')
    const json = await sluice(['unlock', 'shop/production', '--yes', '--json'])
    expect(json.exit).toBe(2)
    expect(JSON.parse(json.out)).toMatchObject({ done: false, refusal: { code: 'lock/none' } })
  })

  test('what cannot be taken back is not done where nobody can be asked', async () => {
    const { control } = await start()
    for (const args of [
      ['rollback', 'shop/production', '-r', 'x'],
      ['abort', 'shop/production', '-r', 'x'],
      ['unlock', 'shop/production'],
      ['reject', '12', '-s', 'shop', '-r', 'x'],
      ['token', 'revoke', 'anna'],
      ['down'],
    ]) {
      const { exit, err } = await sluice(args)
      expect({ args, exit }).toEqual({ args, exit: 64 })
      expect(err).toContain('--yes')
    }
    expect(control.asked).toEqual([])
  })

  test('a dry run says what would happen and asks nobody', async () => {
    const { control } = await start()
    const { exit, out } = await sluice(['rollback', 'shop/production', '-r', 'x', '--dry-run'])
    expect({ exit, out }).toEqual({
      exit: 0,
      out: 'Would be: production goes back to #10 and is pinned there\n',
    })
    expect(control.asked.every((one) => one.dryRun)).toBe(true)
  })

  test('a reason that is missing is asked for, or is 64', async () => {
    await start()
    const { exit, err } = await sluice(['pin', 'shop/production'])
    expect(exit).toBe(64)
    expect(err).toContain('--reason')
  })

  test('every act reaches the server with what was typed', async () => {
    const { control } = await start()
    const acts: [readonly string[], object][] = [
      [
        ['skip-bake', 'shop/staging', '12', '-r', 'x', '--yes'],
        { act: 'skip-bake', body: { stage: 'staging', release: 12 } },
      ],
      [['abort', 'shop/production', '-r', 'x', '--yes'], { act: 'abort', body: { stage: 'production' } }],
      [
        ['accept', '#12', 'shop/staging', '-r', 'x', '--yes', '--contains', '7'],
        { act: 'accept', body: { release: 12, contains: 7 } },
      ],
      [
        ['accept', 'history', '-s', 'shop', '-r', 'x', '--yes'],
        { act: 'accept-history', body: { reason: 'x' } },
      ],
      [
        ['reject', '12', '-s', 'shop', '-r', 'x', '--yes'],
        { act: 'reject', body: { release: 12, reason: 'x' } },
      ],
      [['retry', '12', 'staging', '-s', 'shop'], { act: 'retry', body: { release: 12, stage: 'staging' } }],
      [['pin', 'shop/staging', '-r', 'x'], { act: 'pin', body: { stage: 'staging' } }],
      [
        ['unpin', 'shop/staging', '-r', 'x', '--yes', '--culprit', '12'],
        { act: 'unpin', body: { culprit: 12 } },
      ],
    ]
    for (const [args, asked] of acts) {
      control.asked.splice(0)
      const { exit, err } = await sluice(args)
      expect({ args, exit, err }).toEqual({ args, exit: 0, err: '' })
      expect(control.asked).toMatchObject([asked])
    }
    const refused = await sluice(['unreject', '12', '-s', 'shop', '-r', 'x', '--yes'])
    expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('not rejected') })
  })

  test('rollback --wait stays until the stage serves what it went back to', async () => {
    const { control } = await start()
    const by = { kind: 'person', name: 'operator' } as const
    control.onRollback = (stage, to) => {
      const put = (more: object) => {
        control.services = control.services.map((service) =>
          service.service !== 'shop'
            ? service
            : {
                ...service,
                stages: service.stages.map((one) => (one.stage === stage.stage ? { ...one, ...more } : one)),
              },
        )
        control.change()
      }
      const pin = { release: to, by, reason: 'x', since: 0 }
      const steps = [{ label: 'all', percent: 100, soakMs: 0 }]
      const rollout = {
        rollout: 9,
        release: to,
        lane: 'normal',
        paused: null,
        asksConfirm: false,
        from: 11,
        direction: 'back' as const,
        startedAt: 0,
        by,
        step: 1,
        steps,
        phase: 'shifting' as const,
        phaseSince: 0,
        soakedMs: 0,
        why: [],
      }
      put({ pin, rollout })
      setTimeout(() => put({ rollout: null, live: stageView('x', to).live }), 700)
    }
    const { exit, err } = await sluice(['rollback', 'shop/production', '-r', 'x', '--yes', '--wait'])
    expect(exit).toBe(0)
    expect(err).toContain('going back to #10')
    expect(err).toContain('production serves #10 and is pinned there')
  })

  test('rollback --wait that is not over in time is 1 and says how to go on', async () => {
    await start()
    const { exit, err } = await sluice(['rollback', 'shop/production', '-r', 'x', '--yes', '--wait', '300ms'])
    expect(exit).toBe(1)
    expect(err).toContain('sluice status --watch')
  })

  test('a repository is added, or its problems are told', async () => {
    await start()
    expect(await sluice(['add', '/srv/shop'])).toMatchObject({
      exit: 0,
      out: expect.stringContaining('shop'),
    })
    const refused = await sluice(['add'], { folder })
    expect(refused).toMatchObject({ exit: 1, err: expect.stringContaining('no git repository') })
  })
})
