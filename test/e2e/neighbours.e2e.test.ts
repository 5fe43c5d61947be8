// A service that begins to fail while another one rolls out holds that rollout, by name, until it is well again.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { live, onBoard, releaseOn, stageOn } from './parts/board-looks.ts'
import type { Installation } from './parts/installation.ts'
import { ownInstallation, upIn } from './parts/own-installation.ts'
import { steadyLoad } from './parts/steady-load.ts'

const MS_MAX = 300_000

/** Fails while there is a file of that name. */
function payments(trouble: string): string {
  return `require('node:http')
  .createServer((request, answer) => {
    const fails = request.url !== '/healthz' && require('node:fs').existsSync(${JSON.stringify(trouble)})
    answer.statusCode = fails ? 500 : 200
    answer.end('paid')
  })
  .listen(process.env.PORT, '127.0.0.1')
`
}

const SHOP = `require('node:http').createServer((_, answer) => answer.end('well')).listen(process.env.PORT, '127.0.0.1')
`

function configOf({ apiPort, routerPort }: Installation): string {
  return `const run = (file) => ({ command: 'exec node ' + file, health: '/healthz', term: '1s' })
export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    payments: {
      source: { git: '.', poll: '1s', paths: ['payments.js'] }, build: false, run: run('payments.js'),
      pipeline: [{ stage: 'production', rollout: ['all-at-once'], watch: '0s', drain: '1s' }],
    },
    shop: {
      source: { git: '.', poll: '1s' }, build: false, run: run('shop.js'),
      pipeline: [{
        stage: 'production', traffic: 'none', rollout: [{ step: '50%', soak: '15s' }], watch: '0s', drain: '1s',
        watches: ['payments'],
      }],
    },
  },
}
`
}

test(
  'a rollout holds while a service that it watches fails, names both, and goes on when that is well again',
  async () => {
    const { at, repository } = await ownInstallation()
    const trouble = join(at.state, 'trouble')
    const files = { 'sluice.config.mjs': configOf(at), 'payments.js': payments(trouble), 'shop.js': SHOP }
    repository.commit('both', files)
    await upIn(at, repository)
    await live(at, 'payments', 'production', 1)
    await live(at, 'shop', 'production', 1)
    const load = steadyLoad({
      port: at.routerPort,
      users: { 'production.payments.localhost': 8 },
      pauseMs: 50,
      postEvery: 1_000_000,
      slowEvery: 1_000_000,
    })
    onTestFinished(async () => {
      await load.stop()
    })

    repository.commit('the shop asks more of it', { 'shop.js': `${SHOP}// more\n` })
    await onBoard(
      at,
      '#2 is soaking',
      (board) => stageOn(board, 'shop', 'production')?.rollout?.phase === 'soaking',
    )
    writeFileSync(trouble, '')
    const held = await onBoard(at, '#2 is on hold', (board) =>
      releaseOn(board, 'shop', 2)
        ?.standings.flatMap(({ why }) => why.map(({ text }) => text))
        .find((text) => text.includes('on hold')),
    )
    expect(held).toMatch(/requests to payments fail while #2 comes in/)
    expect(stageOn(await at.board(), 'shop', 'production')?.live?.release).toBe(1)
    rmSync(trouble)
    await live(at, 'shop', 'production', 2)
  },
  MS_MAX,
)
