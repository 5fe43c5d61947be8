import { describe, expect, test } from 'vitest'
import { readPassSecret, signReleasePass } from '../../src/api/router-admin/release-pass.ts'
import { arm, get, PRODUCTION, STAGING, startLab, startRelease } from './router-lab.ts'
import type { Lab } from './router-lab.ts'

const CATALOG = { service: 'catalog', stage: 'live' }

/** shop runs 12 and keeps 11 warm in production, tries 13 in staging. */
async function shop(options: Parameters<typeof startLab>[0] = {}): Promise<Lab> {
  const lab = await startLab(options)
  const [eleven, twelve, thirteen] = await Promise.all(
    ['eleven', 'twelve', 'thirteen'].map((name) => startRelease(name)),
  )
  if (!eleven || !twelve || !thirteen) throw new Error('unreachable')
  await lab.apply({ arms: [arm(11, 0, [eleven.port]), arm(12, 100, [twelve.port])], stageIndex: 1 })
  await lab.apply({
    environment: STAGING,
    isLast: false,
    stageIndex: 0,
    arms: [arm(12, 0, [eleven.port]), arm(13, 100, [thirteen.port])],
  })
  return lab
}

describe('a host leads', () => {
  test.each([
    ['shop.localhost', 'twelve'],
    ['SHOP.localhost:8080', 'twelve'],
    ['shop.localhost.', 'twelve'],
    ['production.shop.localhost', 'twelve'],
    ['staging.shop.localhost:1234', 'thirteen'],
    ['r11.shop.localhost', 'eleven'],
    ['r13.shop.localhost', 'thirteen'],
    ['r12.shop.localhost', 'twelve'],
    ['r12.staging.shop.localhost', 'eleven'],
    ['127.0.0.1', 'twelve'],
    ['localhost:8080', 'twelve'],
    ['my-machine', 'twelve'],
    ['[::1]:8080', 'twelve'],
  ])('%s to %s', async (host, body) => {
    const { port } = await shop()
    expect(await get(port, host)).toMatchObject({ status: 200, body })
  })

  test.each([
    'r99.shop.localhost',
    'nosuch.shop.localhost',
    'typo.localhost',
    'a.b.c.d.localhost',
    'r11.staging.shop.localhost',
  ])('%s nowhere, and the page lists what does lead somewhere', async (host) => {
    const { port } = await shop()
    const answer = await get(port, host)
    expect(answer.status).toBe(404)
    expect(answer.body).toContain('staging.shop.localhost')
  })

  test('with two services a bare address leads to neither', async () => {
    const lab = await shop()
    const catalog = await startRelease('catalog')
    await lab.apply({ environment: CATALOG, arms: [arm(1, 100, [catalog.port])] })
    expect(await get(lab.port, 'localhost')).toMatchObject({ status: 404 })
    expect(await get(lab.port, 'catalog.localhost')).toMatchObject({ status: 200, body: 'catalog' })
  })

  test('by a mapping to a service or a stage, whatever else there is', async () => {
    const mappings = [
      { address: 'www.example.com', service: 'shop', stage: null },
      { address: 'try.example.com', service: 'shop', stage: 'staging' },
    ]
    const { port } = await shop({ hosts: { suffix: 'localhost', mappings } })
    expect(await get(port, 'www.example.com')).toMatchObject({ body: 'twelve' })
    expect(await get(port, 'Try.example.com:443')).toMatchObject({ body: 'thirteen' })
  })

  test('under another suffix as under localhost', async () => {
    const { port } = await shop({ hosts: { suffix: 'apps.example.com', mappings: [] } })
    expect(await get(port, 'staging.shop.apps.example.com')).toMatchObject({ body: 'thirteen' })
    expect(await get(port, 'nosuch.apps.example.com')).toMatchObject({ status: 404 })
  })

  test('by the target of an absolute request, not by its Host header', async () => {
    const { port } = await shop()
    const answer = await get(port, 'shop.localhost', 'http://staging.shop.localhost/x?y')
    expect(answer.body).toBe('thirteen')
  })
})

describe('a release pass', () => {
  test('leads to the release it names while it is valid', async () => {
    const { port, stateDir } = await shop()
    const secret = await readPassSecret(stateDir)
    const soon = Math.floor(Date.now() / 1000) + 60
    const pass = signReleasePass(secret, { environment: PRODUCTION, release: 11, expirySeconds: soon })
    expect(await get(port, 'shop.localhost', '/', { 'X-Sluice-Release': pass })).toMatchObject({
      body: 'eleven',
    })
  })

  test('is ignored when it has expired, was made for another environment, was altered, or is no pass', async () => {
    const { port, stateDir } = await shop()
    const secret = await readPassSecret(stateDir)
    const now = Math.floor(Date.now() / 1000)
    const good = signReleasePass(secret, { environment: PRODUCTION, release: 11, expirySeconds: now + 60 })
    const bad = [
      signReleasePass(secret, { environment: PRODUCTION, release: 11, expirySeconds: now - 1 }),
      signReleasePass(secret, { environment: STAGING, release: 11, expirySeconds: now + 60 }),
      good.replace(/^11/, '13'),
      `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`,
      '11',
    ]
    for (const pass of bad) {
      expect(await get(port, 'shop.localhost', '/', { 'X-Sluice-Release': pass })).toMatchObject({
        body: 'twelve',
      })
    }
  })
})

describe('our own page', () => {
  test('says 503 with Retry-After where nothing runs, and says whose page it is', async () => {
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 0, [])] })
    const answer = await get(lab.port, 'shop.localhost')
    expect(answer.status).toBe(503)
    expect(answer.head).toMatch(/retry-after: \d+/i)
    expect(answer.body).toContain('This page comes from Sluice')
    expect(answer.body).toContain('color-scheme')
  })

  test('is JSON for those who ask for JSON', async () => {
    const lab = await startLab()
    await lab.apply({ arms: [] })
    const answer = await get(lab.port, 'shop.localhost', '/', { Accept: 'application/json' })
    expect(JSON.parse(answer.body)).toMatchObject({ from: 'sluice', code: 'router/nothing-runs' })
  })

  test('gives a dead release 502 with an id that is in the log', async () => {
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [1])] })
    const answer = await get(lab.port, 'shop.localhost', '/', { Accept: 'application/json' })
    expect(answer.status).toBe(502)
    const { id } = JSON.parse(answer.body)
    expect(lab.log.filter((line) => line.fields['id'] === id)).toHaveLength(1)
  })

  test('a host that is markup is not put into the page as markup', async () => {
    const { port } = await shop()
    expect(await get(port, '<b>.localhost')).toMatchObject({ status: 400 })
  })
})
