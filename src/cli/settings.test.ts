import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'

const { folder, start, sluice } = testCli()

test('variables are set together, and may hold any character', async () => {
  const { control } = await start()
  const said = await sluice([
    'vars',
    'set',
    'shop/production',
    'A=1',
    'URL=http://x/?a=b c',
    '-r',
    'why',
    '--yes',
  ])
  expect(said.exit).toBe(0)
  expect(control.asked.at(-1)).toMatchObject({
    act: 'set-vars',
    dryRun: false,
    body: { stage: 'production', vars: { A: '1', URL: 'http://x/?a=b c' }, reason: 'why' },
  })
  expect((await sluice(['vars', 'set', 'shop/production', 'A', '--yes'])).exit).toBe(64)
})

test('a secret comes from a file and never from the command line', async () => {
  const { control } = await start()
  const file = join(folder, 'token')
  writeFileSync(file, 'swordfish\n')
  const said = await sluice(['secret', 'set', 'shop/production', 'TOKEN', '--file', file, '--yes', '--json'])
  expect(said.exit).toBe(0)
  expect(said.out).not.toContain('swordfish')
  expect(control.asked.at(-1)).toMatchObject({
    act: 'set-secret',
    body: { name: 'TOKEN', value: 'swordfish' },
  })
  expect(await sluice(['secret', 'set', 'shop/production', 'TOKEN=swordfish', '--yes'])).toMatchObject({
    exit: 64,
  })
  expect(await sluice(['secret', 'set', 'shop/production', 'TOKEN', '--yes'])).toMatchObject({ exit: 64 })
  const missing = await sluice([
    'secret',
    'set',
    'shop/production',
    'TOKEN',
    '--file',
    `${file}-not`,
    '--yes',
  ])
  expect(missing.err).toContain('cannot be read')
})

test('a list shows plain values, and of secrets only their names', async () => {
  await start()
  const { out } = await sluice(['vars', 'list', 'shop/production'])
  expect(out).toContain('GREETING')
  expect(out).toMatch(/TOKEN\s+\(secret, version 1\)/)
  expect(out).toContain('version 2 has yet to roll out: production is locked by anna')
  expect((await sluice(['secret', 'list', 'shop/production'])).out).not.toContain('GREETING')
  expect((await sluice(['vars', 'history', 'shop/production'])).out).toMatch(
    /^2 TOKEN \(secret\).*anna.*a new one/m,
  )
})

test('a variable takes the lane of a hotfix, with the locks it passes by name, and never without a reason', async () => {
  const { control } = await start()
  const line = ['vars', 'set', 'shop/production', 'A=1', '--hotfix', '--yes']
  expect((await sluice([...line, '--pass', 'l1, l2', '-r', 'customers wait'])).exit).toBe(0)
  expect(control.asked.at(-1)).toMatchObject({
    act: 'set-vars',
    body: { lane: 'hotfix', locks: ['l1', 'l2'], reason: 'customers wait' },
  })
  const reasonless = await sluice(line)
  expect(reasonless).toMatchObject({ exit: 64 })
  expect(reasonless.err).toContain('--reason')
  expect(await sluice([...line, '--emergency', '-r', 'x'])).toMatchObject({ exit: 64 })
  const lost = await sluice(['vars', 'unset', 'shop/production', 'A', '--pass', 'l1', '--yes'])
  expect(lost).toMatchObject({ exit: 64 })
  expect(lost.err).toContain('--hotfix or --emergency')
})
