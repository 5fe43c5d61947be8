// Makes a store in the middle of a bake, with the real program of this checkout, for `upgrade.test.ts`: what is kept here
// must be read by every later version. `node test/stores/make-store.ts NAME` after a change of the store or the events;
// one that is there already is never made again.
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { installation } from '../e2e/parts/installation.ts'
import { shopRepository } from '../e2e/parts/shop-repository.ts'
import { visit } from '../e2e/parts/visit.ts'
import { until } from '../kit/until.ts'

const REQUESTS = 40

const [name] = process.argv.slice(2)
if (name === undefined) {
  console.error('usage: node test/stores/make-store.ts NAME')
  process.exit(64)
}
const place = join(import.meta.dirname, name)
if (existsSync(place)) {
  console.error(`${place} is there already: a store that was kept is never made again; choose another name`)
  process.exit(1)
}

const running = await installation()
const { apiPort, routerPort } = running
const pipeline = `[
  { stage: 'staging', instances: 2, bake: { for: '1h', requests: 10, own: '2s' } },
  { stage: 'production', instances: 2, rollout: ['one-box', 'all-at-once'], watch: '1h' },
]`
const repository = shopRepository({ apiPort, routerPort, pipeline })
try {
  repository.change()
  await running.up(repository.folder)
  const liveIn = async (stage: string) => {
    const found = (await running.board()).services[0]?.stages.find((one) => one.stage === stage)
    return found?.live?.release
  }
  await until('#1 in production', async () => (await liveIn('production')) === 1)
  repository.change()
  await until('#2 in staging', async () => (await liveIn('staging')) === 2)
  await running.act('lock', {
    stage: 'production',
    reason: 'a demonstration',
    forMs: 3_600_000,
    suspect: null,
  })
  for (let sent = 0; sent < REQUESTS; sent += 1) await visit(routerPort, 'staging.shop.localhost')
  repository.change()
  await until('#3 built', async () =>
    (await running.board()).services[0]?.releases.some(
      (row) => row.release === 3 && row.build.state === 'done',
    ),
  )
  await until('a tick that saw the requests', async () => {
    const stage = (await running.board()).services[0]?.stages[0]
    return (stage?.bake?.changes.find(({ release }) => release === 2)?.requests ?? 0) > 0
  })
  await running.cli(repository.folder, 'down', '--yes')
  mkdirSync(place, { recursive: true })
  for (const part of ['store/events.sqlite', 'ticks'])
    cpSync(join(running.state, part), join(place, part), { recursive: true })
} finally {
  await running.remove()
  repository.remove()
}
