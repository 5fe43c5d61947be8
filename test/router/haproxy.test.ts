import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHaproxyMetrics } from '../../src/adapters/traffic-router/haproxy/haproxy-metrics.ts'
import { createHaproxyRouter } from '../../src/adapters/traffic-router/haproxy/haproxy-router.ts'
import { trafficPlaneContract } from '../../src/extend/contracts/traffic-plane.contract.ts'
import { trafficRouterContract } from '../../src/extend/contracts/traffic-router.contract.ts'
import {
  arm,
  deadPort,
  get,
  planner,
  PRODUCTION,
  startRelease,
  stateFolder,
  systemClock,
  until,
} from './router-lab.ts'

function haproxyIsMissing(): boolean {
  const missing = spawnSync('haproxy', ['-v']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('haproxy is not installed; this test needs it')
  if (missing) console.warn('skipped: haproxy is not installed')
  return missing
}

async function pidOf(stateDir: string): Promise<number> {
  return Number(await readFile(join(stateDir, 'haproxy/haproxy.pid'), 'utf8').catch(() => '0'))
}

async function startHaproxyLab() {
  const stateDir = await stateFolder()
  const port = await deadPort()
  const traffic = createHaproxyRouter({
    stateDir,
    host: '127.0.0.1',
    port,
    hosts: { suffix: 'localhost', mappings: [] },
    clock: systemClock,
  })
  onTestFinished(async () => {
    const pid = await pidOf(stateDir)
    if (pid > 0) process.kill(pid, 'SIGKILL')
  })
  return { stateDir, port, traffic, apply: planner(traffic) }
}

describe.skipIf(haproxyIsMissing())('HAProxy', () => {
  trafficRouterContract('HAProxy', async () => {
    const release = await startRelease('any')
    const { traffic } = await startHaproxyLab()
    return { router: traffic, instance: { id: 'a', host: '127.0.0.1', port: release.port } }
  })

  trafficPlaneContract('HAProxy', async () => {
    const { traffic, port, stateDir } = await startHaproxyLab()
    return { router: traffic, port, metrics: createHaproxyMetrics({ stateDir }) }
  })

  test('serves what the plan says', async () => {
    const release = await startRelease('r12')
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const answer = await get(lab.port, 'shop.localhost')
    expect(answer).toMatchObject({ status: 200, body: 'r12' })
    expect(answer.head).toMatch(/x-sluice-release: 12/i)
  })
})
