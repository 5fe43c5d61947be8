// Five commits are pushed at once, staging takes them all together, and the third of them is bad: it is found.
import { expect, onTestFinished, test } from 'vitest'
import { live, onBoard, releaseOn, saidBy, stageOn } from './parts/board-looks.ts'
import type { Installation } from './parts/installation.ts'
import { ownInstallation, upIn } from './parts/own-installation.ts'
import { steadyLoad } from './parts/steady-load.ts'

const MS_MAX = 420_000

/** Fails one request in two from the day on that `faulty` says so. */
function serverOf(faulty: boolean): string {
  return `let asked = 0
require('node:http')
  .createServer((request, answer) => {
    asked += 1
    if (request.url !== '/healthz' && ${faulty} && asked % 2 === 0) answer.statusCode = 500
    answer.end('well')
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
      run: { command: 'exec node server.js', health: '/healthz', term: '1s' },
      pipeline: [
        { stage: 'staging', queue: 'latest', bake: { for: '10m', requests: 20, own: '2s' }, drain: '1s' },
        { stage: 'production', traffic: 'none', rollout: ['all-at-once'], watch: '0s', drain: '1s' },
      ],
    },
  },
}
`
}

test(
  'of five commits pushed at once the bad one is found by probing, rejected, and named with its author',
  async () => {
    const { at, repository } = await ownInstallation()
    repository.commit('the shop', { 'sluice.config.mjs': configOf(at), 'server.js': serverOf(false) })
    await upIn(at, repository)
    await live(at, 'shop', 'staging', 1)
    const load = steadyLoad({
      port: at.routerPort,
      users: { 'staging.shop.localhost': 10 },
      pauseMs: 50,
      postEvery: 1_000_000,
      slowEvery: 1_000_000,
    })
    onTestFinished(async () => {
      await load.stop()
    })

    // Nothing may enter until all five are there, as if they had come in one push while somebody looked.
    const because = ['--reason', 'a push of five']
    const locked = await at.cli(repository.folder, 'lock', 'staging', ...because)
    expect(locked, saidBy(locked)).toMatchObject({ code: 0 })
    repository.git('checkout', '--quiet', '-b', 'work')
    for (const number of [1, 2, 3, 4, 5])
      repository.commit(`change ${number}`, {
        'server.js': serverOf(number >= 3),
        [`${number}.txt`]: 'changed',
      })
    repository.git('checkout', '--quiet', 'main')
    repository.git('merge', '--quiet', '--ff-only', 'work')
    await onBoard(at, '#6 is built', (board) => releaseOn(board, 'shop', 6)?.build.state === 'done')
    const unlocked = await at.cli(repository.folder, 'unlock', 'staging', '--yes')
    expect(unlocked, saidBy(unlocked)).toMatchObject({ code: 0 })

    const left = await onBoard(at, 'it is looked for', (board) => {
      const search = stageOn(board, 'shop', 'staging')?.search
      return search?.probing !== null && search?.why.map(({ text }) => text).join()
    })
    expect(left).toMatch(/#\d is probed to find out which of .* broke staging/)
    const rejected = await onBoard(at, '#4 is rejected', (board) => releaseOn(board, 'shop', 4)?.rejected)
    expect(rejected.reason).toContain('told apart from')
    const board = await at.board()
    for (const release of [2, 3, 5, 6]) expect(releaseOn(board, 'shop', release)?.rejected).toBeNull()
    await onBoard(at, '#3 serves staging', (now) => stageOn(now, 'shop', 'staging')?.live?.release === 3)
    const audit = await at.cli(repository.folder, 'audit', '--json')
    expect(audit.stdout).toContain('#4 broke staging: change 3 (Anna Author)')
    const taken = await onBoard(at, 'a revert is ready', (now) => releaseOn(now, 'shop', 4)?.revert)
    expect(taken.branch).toBe('revert-4')
    expect(repository.git('log', '-1', '--format=%B', 'revert-4')).toContain('This reverts commit')
    repository.git('merge', '--quiet', '--ff-only', 'revert-4')
    await live(at, 'shop', 'staging', 7)
  },
  MS_MAX,
)
