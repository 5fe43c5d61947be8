// Services as they are: two in one repository, one of them with a worker and a release command, one without any port.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { scratchRepository } from '../kit/scratch-repository.ts'
import { until } from '../kit/until.ts'
import { live, onBoard, releaseOn, saidBy, stageOn } from './parts/board-looks.ts'
import { installation, type Installation } from './parts/installation.ts'
import { instances, programs, strays } from './parts/processes.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 240_000

const SERVER = `require('node:http')
  .createServer((asked, answer) => answer.end('web ' + process.env.SLUICE_RELEASE))
  .listen(process.env.PORT, '127.0.0.1')
`
const WORKER = `console.log('up as', process.env.SLUICE_PROCESS ?? 'main', process.env.PORT ?? 'without a port')
process.on('SIGTERM', () => process.exit(0))
setInterval(() => console.log('job done'), 50)
`

function configOf({ apiPort, routerPort }: Installation, runs: string): string {
  const jobs = `{ done: 'job done', failed: 'job failed' }`
  return `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: '.', poll: '1s', folder: 'services/shop' },
      build: false,
      processes: {
        web: { command: 'exec node server.js', health: '/', term: '1s' },
        worker: { command: 'exec node worker.js', steady: '500ms', jobs: ${jobs} },
      },
      release: 'echo $SLUICE_RELEASE >> ${runs}; . ./migrate.sh',
      pipeline: [{ stage: 'production', instances: { web: 1, worker: 2 }, rollout: [{ step: '50%', soak: '1s' }], inconclusive: 'promote', watch: '1m', drain: '1s' }],
    },
    mail: {
      source: { git: '.', poll: '1s', folder: 'services/mail' },
      build: false,
      processes: { sender: { command: 'exec node worker.js', steady: '500ms' } },
      pipeline: [{ stage: 'production', instances: 2, rollout: [{ step: 'one-box', soak: '1s' }], watch: '1m' }],
    },
  },
}
`
}

const workersOf = (at: Installation, service: string, release: number): number =>
  instances(at.state).filter(
    (one) =>
      one.service === service &&
      one.release === release &&
      readFileSync(`/proc/${one.pid}/cmdline`, 'utf8').includes('worker.js'),
  ).length

test(
  'workers come and go with their release, a release command runs once although its server is killed, and each service takes its own changes',
  async () => {
    const at = await installation()
    const repository = scratchRepository()
    const runs = join(repository.folder, '.git', 'runs')
    onTestFinished(async () => {
      await at.remove()
      repository.remove()
      expect(strays(at.state)).toEqual([])
    })
    repository.commit('both services', {
      'sluice.config.mjs': configOf(at, runs),
      'services/shop/server.js': SERVER,
      'services/shop/worker.js': WORKER,
      'services/shop/migrate.sh': 'true\n',
      'services/mail/worker.js': WORKER,
    })
    const up = await at.up(repository.folder)
    expect(up, saidBy(up)).toMatchObject({ code: 0 })
    await live(at, 'shop', 'production', 1)
    await live(at, 'mail', 'production', 1)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('web 1')
    expect([workersOf(at, 'shop', 1), workersOf(at, 'mail', 1)]).toEqual([2, 2])
    const logs = await at.cli(repository.folder, 'logs', '1', '--service', 'shop', '--stage', 'production')
    expect(saidBy(logs)).toContain('up as worker without a port')

    // The server dies while the command runs; the command goes on, and is not started again.
    repository.commit('shop migrates', { 'services/shop/migrate.sh': 'sleep 4; echo migrated\n' })
    await until('the second command runs', () => readFileSync(runs, 'utf8') === '1\n2\n')
    const [server] = programs('server', at.state)
    process.kill(server ?? 0, 'SIGKILL')
    await live(at, 'shop', 'production', 2)
    expect(readFileSync(runs, 'utf8')).toBe('1\n2\n')
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('web 2')
    // What is warm takes no work.
    await until('the old workers are gone', () => workersOf(at, 'shop', 1) === 0)
    expect(workersOf(at, 'shop', 2)).toBe(2)
    expect(instances(at.state).some(({ service, release }) => service === 'shop' && release === 1)).toBe(true)
    expect((await at.releases('mail', 10)).map(({ release }) => release)).toEqual([1])

    // A worker that cannot go on is turned back, and the one before it goes on meanwhile.
    repository.commit('mail breaks', {
      'services/mail/worker.js': 'console.error("no queue"); process.exit(3)\n',
    })
    const rejected = await onBoard(at, '#2 of mail is rejected', (board) => {
      const [standing] = releaseOn(board, 'mail', 2)?.standings ?? []
      return standing?.standing === 'rejected' && standing.why.map(({ text }) => text).join(' ')
    })
    expect(rejected).toContain('no queue')
    await onBoard(at, 'mail is calm again', (board) => !stageOn(board, 'mail', 'production')?.rollout)
    expect(stageOn(await at.board(), 'mail', 'production')?.live?.release).toBe(1)
    await until('nothing of it is left', () => workersOf(at, 'mail', 2) === 0)
    expect(workersOf(at, 'mail', 1)).toBe(2)
  },
  MS_MAX,
)
