import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  arm,
  countersOf,
  get,
  planner,
  rawRequest,
  startLab,
  startRelease,
  STAGING,
  until,
} from './router-lab.ts'

/** Production's release, and staging's, which is given copies of so many percent. */
async function labOver(percent: number, copied: RequestListener, limits = {}) {
  const seen: string[] = []
  const live = await startRelease('live')
  const staged = await startRelease('staged', (req, res) => {
    seen.push(`${req.method} ${req.url} ${String(req.headers['x-sluice-mirror'])}`)
    copied(req, res)
  })
  const lab = await startLab({ limits })
  const staging = planner(lab.traffic)
  await staging({ environment: STAGING, isLast: false, salt: 's', arms: [arm(13, 100, [staged.port])] })
  await lab.apply({ mirror: { to: 'staging', percent }, arms: [arm(12, 100, [live.port])] })
  return { lab, seen, staging, staged }
}

const fine: RequestListener = (_req, res) => void res.end('staged')

describe('copies of requests', () => {
  test('reach the other environment, marked, and count there; the original has its own answer', async () => {
    const { lab, seen } = await labOver(100, fine)
    const answer = await get(lab.port, 'shop.localhost', '/a?b=c')
    expect(answer).toMatchObject({ status: 200, body: 'live' })
    await until('the copy is there', () => seen.length === 1)
    expect(seen).toEqual(['GET /a?b=c shop/production'])
    await until('it is counted', async () => {
      const admin = await lab.traffic.inFlight(STAGING, 13)
      return admin.requests === 0
    })
    expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 0 })
  })

  test('are made of the share that was asked for, evenly', async () => {
    const { lab, seen } = await labOver(25, fine)
    for (let n = 0; n < 40; n += 1) await get(lab.port, 'shop.localhost')
    await until('all of them are there', () => seen.length === 10)
  })

  test.each([
    ['fails', (_req, res) => void res.writeHead(500).end()],
    ['breaks off', (req) => void req.socket.destroy()],
    ['never answers', () => {}],
  ] as const satisfies readonly (readonly [string, RequestListener])[])(
    'hold up and fail nothing where their receiver %s',
    async (_, copied) => {
      const { lab, seen } = await labOver(100, copied)
      for (let n = 0; n < 5; n += 1) expect((await get(lab.port, 'shop.localhost')).body).toBe('live')
      await until('the copies were sent', () => seen.length >= 5)
      expect(await countersOf(lab)).toMatchObject({ requests: 5, errors: 0, noUpstream: 0 })
    },
  )

  test('are never more than a few at once', async () => {
    const { lab, seen } = await labOver(100, () => {}, { mirrorsMax: 3 })
    for (let n = 0; n < 12; n += 1) expect((await get(lab.port, 'shop.localhost')).status).toBe(200)
    expect(seen.length).toBeLessThanOrEqual(3)
  })

  test('are made of nothing that could change something', async () => {
    const { lab, seen } = await labOver(100, fine)
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      await rawRequest(
        lab.port,
        `${method} / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      )
    await get(lab.port, 'shop.localhost', '/last')
    await until('the last one is there', () => seen.length > 0)
    expect(seen).toEqual(['GET /last shop/production'])
  })

  test.each([
    ['by our own header', { 'X-Sluice-Mirror': 'shop/production' }],
    ['by what services pass on', { Baggage: 'a=b,sluice-mirror=1' }],
  ])('are not copied again when they come back, known %s', async (_, headers) => {
    const { lab, seen } = await labOver(100, fine)
    await get(lab.port, 'shop.localhost', '/again', headers)
    await get(lab.port, 'shop.localhost', '/last')
    await until('the last one is there', () => seen.length > 0)
    expect(seen).toEqual(['GET /last shop/production'])
  })

  test('end in no loop where staging asks production for each of them', async () => {
    let port = 0
    const { lab, seen } = await labOver(100, (req, res) => {
      const { baggage = '' } = req.headers
      void get(port, 'shop.localhost', '/from-staging', { Baggage: String(baggage) }).then(() => res.end())
    })
    port = lab.port
    await get(lab.port, 'shop.localhost', '/first')
    await until('production was asked twice', async () => (await countersOf(lab))?.requests === 2)
    expect(seen).toEqual(['GET /first shop/production'])
  })

  test('go nowhere when the other environment has no plan', async () => {
    const release = await startRelease('live')
    const lab = await startLab()
    await lab.apply({ mirror: { to: 'nowhere', percent: 100 }, arms: [arm(12, 100, [release.port])] })
    expect((await get(lab.port, 'shop.localhost')).body).toBe('live')
  })
})
