// Backup and restore through the real program: over a running world that has moved on, and over a store that is damaged.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../kit/until.ts'
import { visit } from './parts/visit.ts'
import { type Installation, installation } from './parts/installation.ts'
import { type ShopRepository, shopRepository } from './parts/shop-repository.ts'

let running: Installation
let shop: ShopRepository
let copy: string
beforeAll(async () => {
  running = await installation()
  const { apiPort, routerPort } = running
  const pipeline = `[{ stage: 'production', instances: 2, rollout: 'all-at-once', watch: '1h', drain: '1s' }]`
  shop = shopRepository({ apiPort, routerPort, pipeline })
  copy = join(shop.folder, '.git', 'copy.sqlite')
  shop.change()
  await running.up(shop.folder)
  await served('v1')
})
afterAll(async () => {
  await running.remove()
  shop.remove()
})

const served = (version: string) =>
  until(
    `${version} served`,
    async () => {
      const answer = await visit(running.routerPort, 'shop.localhost')
      return answer.body === version
    },
    120_000,
  )

test('a backup is made while it runs, and an older store fits a world that has moved on', async () => {
  const made = await running.cli(shop.folder, 'backup', copy, '--json')
  expect(JSON.parse(made.stdout)).toMatchObject({ copy, position: expect.any(Number) })
  expect(JSON.parse((await running.cli(shop.folder, 'backup', '--list', '--json')).stdout)).toHaveLength(1)
  shop.change()
  await served('v2')
  const refused = await running.cli(shop.folder, 'restore', copy, '--yes')
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.stderr).toContain('sluice down')
  await running.cli(shop.folder, 'down', '--yes')
  const restored = await running.cli(shop.folder, 'restore', copy, '--yes', '--json')
  expect(JSON.parse(restored.stdout)).toMatchObject({
    missingArtifacts: [],
    before: expect.stringContaining('before-restore'),
  })
  expect((await running.up(shop.folder)).code).toBe(0)
  // The change is seen anew, built anew, and rolled out anew. That v2 is served says nothing yet: the instances of before
  // the restore serve it until the restored server has told the router otherwise.
  const completed = async () => {
    const events = await running.audit(1_000)
    return events.filter(({ type, release }) => type === 'rollout-completed' && release === 2)
  }
  await until('v2 rolled out again', async () => (await completed()).length > 0, 120_000)
  await served('v2')
  expect(await completed()).toHaveLength(1)
  expect((await running.audit(1_000)).filter(({ type }) => type === 'change-merged')).toHaveLength(2)
})

test('the audit log is exported, is whole, and a line that was taken out shows', async () => {
  const exported = await running.cli(shop.folder, 'audit', 'export')
  const file = join(shop.folder, '.git', 'audit.jsonl')
  writeFileSync(file, exported.stdout)
  const whole = await running.cli(shop.folder, 'audit', 'verify', file, '--json')
  expect(whole.code).toBe(0)
  expect(JSON.parse(whole.stdout)).toMatchObject({ problems: [], first: 1 })
  writeFileSync(file, exported.stdout.split('\n').toSpliced(4, 1).join('\n'))
  const broken = await running.cli(shop.folder, 'audit', 'verify', file)
  expect(broken).toMatchObject({
    code: 1,
    stderr: `${file}:5: what stood between event 4 and event 6 is missing\n`,
  })
})

test('a damaged store names the last good backup, and with it everything starts again', async () => {
  await running.cli(shop.folder, 'backup')
  await running.cli(shop.folder, 'down', '--yes')
  const store = join(running.state, 'store', 'events.sqlite')
  writeFileSync(store, 'this was a store once')
  const refused = await running.up(shop.folder)
  expect(refused.code).not.toBe(0)
  const said = `${refused.stdout}${refused.stderr}`
  const newest =
    readdirSync(join(running.state, 'store', 'backups'))
      .sort()
      .at(-1) ?? ''
  expect(said).toContain(newest)
  const named = /sluice restore (\S+\/backups\/backup-[^ "]+\.sqlite)/.exec(said)?.[1] ?? ''
  await running.cli(shop.folder, 'down', '--yes')
  expect((await running.cli(shop.folder, 'restore', named, '--yes')).code).toBe(0)
  expect((await running.up(shop.folder)).code).toBe(0)
  await served('v2')
})
