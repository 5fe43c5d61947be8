// The whole program with HAProxy in the place of the built-in router: all that changes is one line of the configuration.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../kit/until.ts'
import { live, onBoard, releaseOn, saidBy } from './parts/board-looks.ts'
import type { Installation } from './parts/installation.ts'
import { ownInstallation, upIn } from './parts/own-installation.ts'
import { programs } from './parts/processes.ts'
import { visit } from './parts/visit.ts'

const MS_MAX = 240_000

/** An instance of HTTP/1.1, and from the second release on one of HTTP/2 alone. */
const SERVER = `require('node:http')
  .createServer((asked, answer) => answer.end('web ' + process.env.SLUICE_RELEASE))
  .listen(process.env.PORT, '127.0.0.1')
`
const SERVER_HTTP2 = SERVER.replace('node:http', 'node:http2')
const BROKEN = SERVER_HTTP2.replace(
  'answer.end(',
  "answer.writeHead(asked.url === '/healthz' ? 200 : 500).end(",
)

function configOf({ apiPort, routerPort }: Installation, protocol: string): string {
  return `export default {
  listen: { port: ${routerPort}, api: ${apiPort}, trafficRouter: 'haproxy' },
  services: {
    shop: {
      source: { git: '.', poll: '1s' },
      build: false,
      run: { command: 'exec node server.js', health: '/healthz', term: '1s', protocol: '${protocol}' },
      pipeline: [{ stage: 'production', instances: 2, rollout: [{ step: '50%', soak: '4s' }], watch: '1m', drain: '1s' }],
    },
  },
}
`
}

function haproxyIsMissing(): boolean {
  const missing = spawnSync('haproxy', ['-v']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('haproxy is not installed; this test needs it')
  if (missing) console.warn('skipped: haproxy is not installed')
  return missing
}

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test.skipIf(haproxyIsMissing())(
  'HAProxy takes releases from commit to customers, of either protocol, turns a bad one back, and is there again when it dies',
  async () => {
    const { at, repository } = await ownInstallation()
    const pid = () => Number(readFileSync(join(at.state, 'router/haproxy/haproxy.pid'), 'utf8'))
    repository.commit('shop', { 'sluice.config.mjs': configOf(at, 'http'), 'server.js': SERVER })
    await upIn(at, repository)
    await live(at, 'shop', 'production', 1)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('web 1')
    const first = pid()
    expect(programs('router', at.state)).toEqual([])

    // Another release, another protocol, a share of the traffic, all of it: without a restart.
    repository.commit('shop speaks HTTP/2', {
      'sluice.config.mjs': configOf(at, 'h2c'),
      'server.js': SERVER_HTTP2,
    })
    let isOver = false
    const failed: string[] = []
    const visitor = async () => {
      while (!isOver) {
        const { status, body } = await visit(at.routerPort, 'shop.localhost').catch((error: unknown) => ({
          status: 0,
          body: String(error),
        }))
        if (status !== 200) failed.push(`${status} ${body}`)
      }
    }
    const visitors = [visitor(), visitor()]
    await live(at, 'shop', 'production', 2)
    isOver = true
    await Promise.all(visitors)
    expect(failed).toEqual([])
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('web 2')
    expect(pid()).toBe(first)

    // Killed: it is there again within moments, with the plan it had.
    process.kill(first, 'SIGKILL')
    await until(
      'it is back',
      async () => (await visit(at.routerPort, 'shop.localhost').catch(() => undefined))?.body === 'web 2',
    )
    const second = pid()
    expect(second).not.toBe(first)
    const doctor = await at.cli(repository.folder, 'doctor')
    expect(saidBy(doctor)).toContain('HAProxy takes requests')

    // One that fails its users is turned back by what HAProxy counted.
    repository.commit('shop breaks', { 'server.js': BROKEN })
    isOver = false
    const users = [visitor(), visitor()]
    await onBoard(
      at,
      '#3 is rejected',
      (board) => releaseOn(board, 'shop', 3)?.standings[0]?.standing === 'rejected',
    )
    await live(at, 'shop', 'production', 2)
    isOver = true
    await Promise.all(users)
    expect((await visit(at.routerPort, 'shop.localhost')).body).toBe('web 2')
    expect(pid()).toBe(second)

    await at.cli(repository.folder, 'down', '--everything', '--yes')
    await until('it has ended', async () => !isRunning(second))
  },
  MS_MAX,
)
