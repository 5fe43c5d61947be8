import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'
import { readCondition, readTarget } from './route-words.ts'

const { folder, start, sluice } = testCli()

test('conditions are typed as attribute, operator and value', () => {
  const typed = [
    ['header:X-Plan=free', { from: 'header', name: 'x-plan' }, { op: 'is', value: 'free' }],
    ['customer=acme,tiny', { from: 'customer' }, { op: 'one-of', values: ['acme', 'tiny'] }],
    ['path^=/docs', { from: 'path' }, { op: 'prefix', value: '/docs' }],
    ['cookie:staff', { from: 'cookie', name: 'staff' }, { op: 'present' }],
    ['query:a=b=c', { from: 'query', name: 'a' }, { op: 'is', value: 'b=c' }],
    [
      'lookup:customers.plan=free',
      { from: 'lookup', table: 'customers', column: 'plan' },
      { op: 'is', value: 'free' },
    ],
  ] as const
  for (const [text, attribute, rule] of typed) expect(readCondition(text)).toEqual({ attribute, test: rule })
  for (const text of ['', 'plan=free', 'lookup:customers=free', 'path^=', 'header:bad name=x'])
    expect(() => readCondition(text), text).toThrow('does not say who is meant')
  expect([readTarget('beta'), readTarget('12')]).toEqual([{ track: 'beta' }, { release: 12 }])
  expect(() => readTarget('Beta!')).toThrow('neither a track nor a release')
})

test('every act on tracks and routes reaches the server with what was typed', async () => {
  const { control } = await start()
  const shop = ['-s', 'shop', '-r', 'x']
  const acts: [readonly string[], object][] = [
    [
      ['track', 'set', 'beta', '12', '--percent', '20', '-n', '2', ...shop],
      {
        act: 'set-track',
        body: { stage: 'production', track: 'beta', release: 12, percent: 20, instances: 2 },
      },
    ],
    [['track', 'undo', 'beta', ...shop], { act: 'undo-track', body: { track: 'beta', reason: 'x' } }],
    [
      ['track', 'follow', 'next', 'staging', '-s', 'shop'],
      { act: 'follow-track', body: { passed: 'staging' } },
    ],
    [['track', 'remove', 'beta', '--yes', ...shop], { act: 'remove-track', body: { track: 'beta' } }],
    [
      ['route', 'add', '--customer', 'acme', '--to', 'beta', '--for', '2h', ...shop],
      { act: 'add-route', body: { to: { track: 'beta' }, forMs: 7_200_000, percent: 100 } },
    ],
    [
      ['route', 'edit', 'r1', '--percent', '20', '-s', 'shop'],
      { act: 'edit-route', body: { route: 'r1', percent: 20 } },
    ],
    [['route', 'remove', 'r1', ...shop], { act: 'remove-route', body: { route: 'r1' } }],
    [
      ['deploy', 'anna/fix', '--to', 'shop/staging', '-r', 'x'],
      { act: 'deploy', body: { stage: 'staging', commit: 'anna/fix', track: 'experimental' } },
    ],
    [['lock', 'shop/production', '--all-tracks'], { act: 'lock', body: { allTracks: true } }],
  ]
  for (const [args, asked] of acts) {
    const { exit, err } = await sluice([...args])
    expect({ args, exit, err: exit === 0 ? '' : err }).toEqual({ args, exit: 0, err: '' })
    expect(control.asked.at(-1)).toMatchObject(asked)
  }
})

test('what a track or route lacks is said before anything is sent', async () => {
  const { control } = await start()
  for (const args of [
    ['route', 'add', '--to', 'beta', '-s', 'shop', '-r', 'x'],
    ['route', 'add', '--customer', 'acme', '-s', 'shop', '-r', 'x'],
    ['track', 'set', 'beta', 'twelve', '-s', 'shop', '-r', 'x'],
    ['track', 'remove', 'beta', '-s', 'shop', '-r', 'x'],
    ['lookup', 'push', 'customers', 'nowhere.csv', '-s', 'shop'],
    ['lookup', 'set', 'customers', 'acme', '-s', 'shop'],
  ])
    expect({ args, exit: (await sluice(args)).exit }).toEqual({ args, exit: 64 })
  expect(control.asked).toEqual([])
})

test('tracks, routes and an explanation are shown, also as JSON', async () => {
  const { control } = await start()
  const tracks = await sluice(['track', 'list', '-s', 'shop'])
  expect(tracks.out).toContain('beta  #12')
  expect(tracks.out).toContain('#12  1 instance, 50 MiB for track beta')
  expect((await sluice(['route', 'list', '-s', 'shop'])).out).toContain('r1  customer is "acme": beta')
  const why = await sluice([
    'route',
    'explain',
    '-s',
    'shop',
    '--customer',
    'acme',
    '--header',
    'x-plan=free',
  ])
  expect(why.out).toContain('#12 by beta: the rule r1 won')
  expect(control.traffic.asked.at(-1)).toMatchObject({ customer: 'acme', headers: { 'x-plan': 'free' } })
  const json = await sluice(['track', 'list', '-s', 'shop', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({
    stage: 'production',
    tracks: [{ track: 'stable' }, { track: 'beta' }],
  })
})

test('a table is pushed as it lies in its file, and a row is shown and changed', async () => {
  const { control } = await start()
  await writeFile(join(folder, 'customers.csv'), 'customer,plan\nacme,free\ntiny,paying\n')
  const said = await sluice([
    'lookup',
    'push',
    'customers',
    join(folder, 'customers.csv'),
    '-s',
    'shop',
    '--key',
    'header:X-Customer',
  ])
  expect({ exit: said.exit, out: said.out }).toEqual({
    exit: 0,
    out: 'customers is in force: 2 rows of plan\n',
  })
  expect(control.traffic.pushed).toEqual([
    { table: 'customers', csv: 'customer,plan\nacme,free\ntiny,paying\n' },
  ])
  expect((await sluice(['lookup', 'show', 'customers', 'acme', '-s', 'shop'])).out).toBe('plan  free\n')
  expect(
    (await sluice(['lookup', 'set', 'customers', 'acme', '--values', 'plan=paying', '-s', 'shop'])).exit,
  ).toBe(0)
  expect((await sluice(['lookup', 'set', 'nothing', 'acme', '--delete', '-s', 'shop'])).exit).toBe(2)
  expect((await sluice(['lookup', 'remove', 'customers', '-s', 'shop', '--yes'])).exit).toBe(0)
  expect(control.traffic.tables).toEqual([])
})
