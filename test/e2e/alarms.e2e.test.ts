// What a service tells of itself turns its release back, though every request is answered well.
import { expect, test } from 'vitest'
import { live, onBoard, releaseOn, saidBy, stageOn } from './parts/board-looks.ts'
import type { Installation } from './parts/installation.ts'
import { ownInstallation, upIn } from './parts/own-installation.ts'

const MS_MAX = 240_000

/** A queue that is as long as the change says, told as programs tell it; `path` is where. */
function serverOf(queue: number, path = '/metrics'): string {
  return `require('node:http')
  .createServer((asked, answer) => {
    if (asked.url !== '${path}') return answer.end('well')
    answer.setHeader('content-type', 'text/plain; version=0.0.4')
    answer.end('# TYPE queue gauge\\nqueue{of="mail"} ${queue}\\nqueue{of="other"} 1000\\n')
  })
  .listen(process.env.PORT, '127.0.0.1')
`
}

function configOf({ apiPort, routerPort }: Installation): string {
  return `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: '.', poll: '1s' },
      build: false,
      run: { command: 'exec node server.js', health: '/', term: '1s', metrics: '/metrics' },
      pipeline: [{
        stage: 'production', traffic: 'none', rollout: [{ step: '50%', soak: '8s' }], watch: '1m', drain: '1s',
        alarms: [{ alarm: 'long queue', metric: 'queue{of="mail"}', above: 10 }],
      }],
    },
  },
}
`
}

test(
  'a release whose own metric breaks an alarm goes back, and one that does not tell it is on hold',
  async () => {
    const { at, repository } = await ownInstallation()
    repository.commit('the shop', { 'sluice.config.mjs': configOf(at), 'server.js': serverOf(3) })
    await upIn(at, repository)
    await live(at, 'shop', 'production', 1)

    const grown = repository.commit('the queue grows', { 'server.js': serverOf(40) })
    const why = await onBoard(at, '#2 goes back', (board) => {
      const [standing] = releaseOn(board, 'shop', 2)?.standings ?? []
      return standing?.standing === 'rejected' && standing.why.map(({ text }) => text).join(' ')
    })
    expect(why).toContain('alarm "long queue": queue{of="mail"} of #2 was up to 40, and is to be at most 10')
    await onBoard(at, 'the shop is calm again', (board) => !stageOn(board, 'shop', 'production')?.rollout)
    expect(stageOn(await at.board(), 'shop', 'production')?.live?.release).toBe(1)
    const replayed = await at.cli(repository.folder, 'judge', 'replay', '2')
    expect(replayed, saidBy(replayed)).toMatchObject({ code: 0 })

    repository.commit(`the queue is short, and told elsewhere\n\nSluice-Fixes: ${grown}`, {
      'server.js': serverOf(2, '/elsewhere'),
    })
    const held = await onBoard(at, '#3 is on hold', (board) => {
      const texts = releaseOn(board, 'shop', 3)?.standings.flatMap(({ why }) => why.map(({ text }) => text))
      return texts?.find((text) => text.includes('on hold'))
    })
    expect(held).toContain('the alarm "long queue" has nothing to go by: #3 does not tell queue{of="mail"}')
    expect(stageOn(await at.board(), 'shop', 'production')?.live?.release).toBe(1)
  },
  MS_MAX,
)
