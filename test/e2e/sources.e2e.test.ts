// A stage that is measured by a real Prometheus comes to the same as what the routers saw of the same run.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createRouterMetrics } from '../../src/adapters/metric-source/router/router-metrics.ts'
import { readTick, type Reading } from '../../src/coordinator/read-tick.ts'
import { noEvidence, withTickCut } from '../../src/domain/analysis/evidence.ts'
import { judgeSequentially } from '../../src/domain/analysis/judge-sequentially.ts'
import type { Question } from '../../src/domain/analysis/judgement.ts'
import { emptyStage } from '../../src/domain/service/state.ts'
import { placesIn } from '../../src/main/places.ts'
import { hasPrometheus, startPrometheus } from '../kit/prometheus.ts'
import { realClock } from '../kit/real-clock.ts'
import { live, onBoard, releaseOn, saidBy, stageOn } from './parts/board-looks.ts'
import type { Installation } from './parts/installation.ts'
import { ownInstallation, upIn } from './parts/own-installation.ts'
import { steadyLoad } from './parts/steady-load.ts'

const MS_MAX = 300_000

/** Counts what it answers, says where it can be scraped, and fails one of so many; 0 for none. */
function serverOf(failEvery: number, version = 'version'): string {
  return `const { createServer } = require('node:http')
const { writeFileSync } = require('node:fs')
const { PORT, SLUICE_RELEASE, SLUICE_INSTANCE, TARGETS } = process.env
const counts = { 200: 0, 500: 0 }
let asked = 0
createServer((request, answer) => {
  if (request.url === '/healthz') return answer.end('well')
  if (request.url === '/metrics') {
    const lines = Object.entries(counts).map(
      ([code, count]) => 'shop_requests_total{code="' + code + '",${version}="' + SLUICE_RELEASE + '"} ' + count,
    )
    return answer.end('# TYPE shop_requests_total counter\\n' + lines.join('\\n') + '\\n')
  }
  asked += 1
  const code = ${failEvery} > 0 && asked % ${failEvery} === 0 ? 500 : 200
  counts[code] += 1
  answer.writeHead(code).end('the shop')
}).listen(PORT, '127.0.0.1', () =>
  writeFileSync(
    TARGETS + '/' + SLUICE_INSTANCE + '.json',
    JSON.stringify([{ targets: ['127.0.0.1:' + PORT], labels: { job: 'shop' } }]),
  ))
`
}

function configOf({ apiPort, routerPort }: Installation, url: string, targets: string): string {
  return `export default {
  listen: { port: ${routerPort}, api: ${apiPort} },
  services: {
    shop: {
      source: { git: '.', poll: '1s' },
      build: false,
      run: {
        command: 'exec node server.js', health: '/healthz', term: '1s', metrics: '/metrics',
        env: { TARGETS: '${targets}' },
      },
      pipeline: [{
        stage: 'production', rollout: [{ step: '50%', soak: '25s' }], watch: '1m', drain: '1s',
        inconclusive: 'promote',
        analysis: {
          prometheus: { url: '${url}' }, every: '1s',
          requests: 'shop_requests_total', errors: 'shop_requests_total{code=~"5.."}',
        },
        alarms: [
          { alarm: 'scraped', metric: 'shop_requests_total{code="500"}', above: 1000 },
          { alarm: 'queried', query: 'sum by (version) (rate(shop_requests_total{code="500"}[30s]))', above: 1000 },
        ],
      }],
    },
  },
}
`
}

/** Judges one release beside another by what the routers count, until it is stopped. */
function judgedByRouters(at: Installation, baseline: number, release: number) {
  const source = createRouterMetrics({ stateDir: placesIn(at.state).router, clock: realClock })
  const question: Question = {
    about: 'rollout',
    release,
    carriers: [release],
    baseline,
    sinceSeq: 0,
    plannedMs: 25_000,
  }
  const arms = [baseline, release].map((each) => ({ release: each, weightPercent: 50, instances: [] }))
  const stage = { ...emptyStage('production'), plan: { generation: 1, at: 0, arms } }
  const stopping = new AbortController()
  let isAgainst = false
  const judge = async (): Promise<boolean> => {
    let evidence = noEvidence
    let before: Reading | undefined
    while (!stopping.signal.aborted) {
      const traffic = await source.read({ service: 'shop', stage: 'production' })
      const after: Reading = { traffic, fleets: [], atMs: performance.now() }
      // From its first request on, which may have been answered since the last look.
      if (before !== undefined && traffic.arms.some((arm) => arm.release === release)) {
        const spanMs = Math.round(after.atMs - before.atMs)
        const tick = readTick({ seq: evidence.lastSeq + 1, at: Date.now(), spanMs, stage, before, after })
        evidence = withTickCut(evidence, tick, new Set(), [question])
        isAgainst ||= judgeSequentially(question, evidence).verdict === 'against'
      }
      before = after
      await wait(1_000)
    }
    return isAgainst
  }
  const judging = judge()
  return {
    stop: async () => {
      stopping.abort()
      return judging
    },
  }
}

test.runIf(hasPrometheus())(
  'a bake that Prometheus feeds comes to what the routers saw of it, and holds where Prometheus tells nothing',
  async () => {
    const { at, repository } = await ownInstallation()
    const targets = join(at.state, 'targets')
    mkdirSync(targets, { recursive: true })
    const prometheus = await startPrometheus([], { files: join(targets, '*.json') })
    repository.commit('the shop', {
      'sluice.config.mjs': configOf(at, prometheus.url, targets),
      'server.js': serverOf(0),
    })
    await upIn(at, repository)
    await live(at, 'shop', 'production', 1)
    const load = steadyLoad({
      port: at.routerPort,
      users: { 'shop.localhost': 40 },
      pauseMs: 100,
      postEvery: 1_000_000,
      slowEvery: 1_000_000,
    })
    onTestFinished(() => load.stop())

    let byRouters = judgedByRouters(at, 1, 2)
    repository.commit('still good', { 'server.js': `${serverOf(0)}\n` })
    await live(at, 'shop', 'production', 2)
    expect(await byRouters.stop()).toBe(false)

    byRouters = judgedByRouters(at, 2, 3)
    const bad = repository.commit('one of four fails', { 'server.js': serverOf(4) })
    const why = await onBoard(at, '#3 goes back', (board) => {
      const [standing] = releaseOn(board, 'shop', 3)?.standings ?? []
      return standing?.standing === 'rejected' && standing.why.map(({ text }) => text).join(' ')
    })
    expect(why).toContain('requests to #3 failed')
    await onBoard(at, 'the shop is calm again', (board) => !stageOn(board, 'shop', 'production')?.rollout)
    expect(await byRouters.stop()).toBe(true)
    const replayed = await at.cli(repository.folder, 'judge', 'replay', '3')
    expect(replayed, saidBy(replayed)).toMatchObject({ code: 0 })

    repository.commit(`counts, and says of no version\n\nSluice-Fixes: ${bad}`, {
      'server.js': serverOf(0, 'colour'),
    })
    const held = await onBoard(at, '#4 is on hold', (board) => {
      const texts = releaseOn(board, 'shop', 4)?.standings.flatMap(({ why: all }) =>
        all.map(({ text }) => text),
      )
      return texts?.find((text) => text.includes('nothing is told of #4'))
    })
    expect(held).toContain(`Prometheus at ${prometheus.url}`)
    expect(stageOn(await at.board(), 'shop', 'production')?.live?.release).toBe(2)
  },
  MS_MAX,
)
