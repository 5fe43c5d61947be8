// `sluice up --install`, with a stand-in for systemctl that starts what the unit says, as systemd would. Whether
// systemd itself understands the unit is asked in `src/main/local/systemd-unit.test.ts`.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scratchFolder } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { live, saidBy } from './parts/board-looks.ts'
import { type Installation, installation } from './parts/installation.ts'
import { programs, strays } from './parts/processes.ts'
import { type ShopRepository, shopRepository } from './parts/shop-repository.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 180_000
const PIPELINE = `[{ stage: 'production', rollout: 'all-at-once', watch: '0s' }]`

/** Takes `enable --now` as systemd does: reads the unit, and starts its command with the variables it names alone. */
const SYSTEMCTL = `#!${process.execPath}
const { appendFileSync, readFileSync, openSync } = require('node:fs')
const { spawn } = require('node:child_process')
const { join } = require('node:path')
const words = process.argv.slice(2)
appendFileSync(join(__dirname, 'said.txt'), words.join(' ') + '\\n')
if (words[1] === 'enable' && words.includes('--now')) {
  const unit = readFileSync(join(process.env.XDG_CONFIG_HOME, 'systemd', 'user', words.at(-1)), 'utf8')
  const of = (key) => unit.split('\\n').filter((line) => line.startsWith(key + '=')).map((line) => line.slice(key.length + 1))
  const read = (text) => [...text.matchAll(/"((?:[^"\\\\]|\\\\.)*)"/g)].map(([, word]) => word.replace(/\\\\(.)/g, '$1').replaceAll('$$', '$').replaceAll('%%', '%'))
  const [program, ...args] = read(of('ExecStart')[0])
  const env = Object.fromEntries(of('Environment').flatMap(read).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))
  const log = openSync(of('StandardOutput')[0].replace('append:', '').replaceAll('%%', '%'), 'a')
  spawn(program, args, { env, cwd: of('WorkingDirectory')[0].replaceAll('%%', '%'), stdio: ['ignore', log, log], detached: true }).unref()
}
`

type Machine = {
  readonly at: Installation
  readonly shop: ShopRepository
  readonly configs: string
  said(): readonly string[]
  units(): readonly string[]
}

async function machine(systemctl: string): Promise<Machine> {
  const folder = scratchFolder('systemd')
  const bin = join(folder, 'bin')
  const configs = join(folder, 'config')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemctl'), systemctl)
  writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\necho Access denied >&2; exit 1\n')
  for (const name of ['systemctl', 'loginctl']) chmodSync(join(bin, name), 0o755)
  const env = { PATH: `${bin}:${process.env['PATH']}`, XDG_CONFIG_HOME: configs }
  const at = await installation({ env })
  const shop = shopRepository({ apiPort: at.apiPort, routerPort: at.routerPort, pipeline: PIPELINE })
  shop.change()
  onTestFinished(async () => {
    await at.remove()
    shop.remove()
    rmSync(folder, { recursive: true, force: true })
    expect(strays(at.state)).toEqual([])
  })
  const units = join(configs, 'systemd', 'user')
  return {
    at,
    shop,
    configs,
    said: () => readFileSync(join(bin, 'said.txt'), 'utf8').trim().split('\n'),
    units: () => (existsSync(units) ? readdirSync(units) : []),
  }
}

test('up --install writes a unit that brings everything up, and --uninstall takes it away while all goes on', {
  timeout: MS_MAX,
}, async () => {
  const { at, shop, said, units } = await machine(SYSTEMCTL)
  const up = await at.cli(shop.folder, 'up', '--install')
  expect(up, saidBy(up)).toMatchObject({ code: 0 })
  const [name] = units()
  expect(name).toMatch(/^sluice-[0-9a-f]{8}\.service$/)
  expect(said()).toEqual(['--user show-environment', '--user daemon-reload', `--user enable --now ${name}`])
  expect(saidBy(up)).toContain('undo it with "sluice up --uninstall"')
  expect(saidBy(up)).toMatch(/not with the machine, because "loginctl enable-linger" failed: Access denied/)
  expect(saidBy(up)).not.toContain('does not bring it back')
  await live(at, 'shop', 'production', 1)
  expect(programs('keeper', at.state)).toHaveLength(1)

  const again = await at.cli(shop.folder, 'up')
  expect(saidBy(again)).not.toContain('does not bring it back')
  const off = await at.cli(shop.folder, 'up', '--uninstall')
  expect(off, saidBy(off)).toMatchObject({ code: 0 })
  expect(saidBy(off)).toContain('what runs goes on until "sluice down"')
  expect(units()).toEqual([])
  expect(said().slice(-2)).toEqual([`--user disable ${name}`, '--user daemon-reload'])
  expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('v1')
  expect(saidBy(await at.cli(shop.folder, 'up', '--uninstall'))).toContain('nothing was changed')

  // A keeper that a person ends is not one that failed: systemd would leave it at that.
  const [keeper] = programs('keeper', at.state)
  const down = await at.cli(shop.folder, 'down', '--yes')
  expect(down, saidBy(down)).toMatchObject({ code: 0 })
  await until('the keeper is gone', () => !programs('keeper', at.state).includes(keeper ?? 0))
})

test('where a keeper runs already, the unit is enabled and left to the next boot', {
  timeout: MS_MAX,
}, async () => {
  const { at, shop, said, units } = await machine(SYSTEMCTL)
  const first = await at.up(shop.folder)
  expect(first, saidBy(first)).toMatchObject({ code: 0 })
  const keepers = programs('keeper', at.state)
  const up = await at.cli(shop.folder, 'up', '--install')
  expect(up, saidBy(up)).toMatchObject({ code: 0 })
  expect(said().at(-1)).toBe(`--user enable ${units()[0]}`)
  expect(saidBy(up)).toMatch(
    /a keeper that was started by hand runs on; hand over to the unit with "sluice down"/,
  )
  expect(programs('keeper', at.state)).toEqual(keepers)
})

test('where this user has no systemd, it says so and how to do without, and nothing is written or started', {
  timeout: MS_MAX,
}, async () => {
  const { at, shop, units } = await machine(
    '#!/bin/sh\necho "Failed to connect to bus: No medium found" >&2\nexit 1\n',
  )
  const up = await at.cli(shop.folder, 'up', '--install')
  expect(up.code).toBe(1)
  expect(saidBy(up)).toMatch(/no systemd here that \S+ may use.*No medium found.*Nothing was written/s)
  expect(saidBy(up)).toContain(`keeper.ts --state ${at.state}`)
  expect(units()).toEqual([])
  expect(programs('keeper', at.state)).toEqual([])
})
