import { once } from 'node:events'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  arm,
  countersOf,
  deadPort,
  get,
  PRODUCTION,
  RawClient,
  rawRequest,
  startLab,
  startRaw,
  startRelease,
  until,
} from './router-lab.ts'

const post = (port: number, body: string) =>
  rawRequest(
    port,
    `POST / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )

describe('an instance that refuses', () => {
  test('costs nobody a request, not even an upload too large to keep', async () => {
    const release = await startRelease('r12', (req, res) => {
      let bytes = 0
      req.on('data', (chunk: Buffer) => (bytes += chunk.length))
      req.on('end', () => res.end(`got ${bytes}`))
    })
    const dead = [await deadPort(), await deadPort(), await deadPort(), await deadPort()]
    const lab = await startLab()
    for (let round = 0; round < 5; round++) {
      await lab.apply({ arms: [arm(12, 100, [...dead, release.port])] })
      expect(await post(lab.port, 'x'.repeat(200_000))).toContain('got 200000')
    }
    expect(await countersOf(lab)).toMatchObject({ requests: 5, errors: 0, noUpstream: 0 })
  })

  test('is left out until it answers its health path, and then used again', async () => {
    const stays = await startRelease('stays')
    const port = await deadPort()
    const lab = await startLab({ limits: { probeFirstMs: 20, probeMsMax: 40 } })
    await lab.apply({ arms: [arm(12, 100, [port, stays.port])], healthPath: '/healthz' })
    for (let n = 0; n < 4; n++) expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'stays' })
    expect(lab.log.filter((line) => line.sentence.includes('left out'))).toHaveLength(1)

    let isHealthy = false
    await startRelease(
      'back',
      (req, res) => {
        if (req.url === '/healthz') res.writeHead(isHealthy ? 200 : 503).end()
        else res.end('back')
      },
      port,
    )
    for (let n = 0; n < 10; n++)
      expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'stays' })
    isHealthy = true
    await until('it serves again', async () => (await get(lab.port, 'shop.localhost')).body === 'back')
  })

  test('is tried nevertheless when all are down, and found well', async () => {
    const port = await deadPort()
    const lab = await startLab({ limits: { probeFirstMs: 60_000, probeMsMax: 60_000 } })
    await lab.apply({ arms: [arm(12, 100, [port])] })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 502 })
    await startRelease('back', undefined, port)
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 200, body: 'back' })
  })
})

describe('an instance that hangs up before it answered', () => {
  async function oneHangsUp() {
    let hungUp = 0
    const raw = await startRaw((socket) => {
      socket.on('data', () => {
        hungUp += 1
        socket.resetAndDestroy()
      })
    })
    const well = await startRelease('well')
    const lab = await startLab()
    // First in turn is the one that hangs up: equals take turns from the first.
    await lab.apply({ arms: [arm(12, 100, [raw.port, well.port])] })
    return { lab, hungUp: () => hungUp }
  }

  test('a GET is tried once more elsewhere', async () => {
    const { lab, hungUp } = await oneHangsUp()
    for (let n = 0; n < 4; n++) expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'well' })
    expect(hungUp()).toBe(1)
    expect(await countersOf(lab)).toMatchObject({ requests: 4, errors: 0, retried: 1 })
  })

  test('a POST is not: it may have been processed', async () => {
    const { lab, hungUp } = await oneHangsUp()
    expect(await post(lab.port, 'abc')).toMatch(/^HTTP\/1\.1 502/)
    expect(hungUp()).toBe(1)
  })

  test('a PUT small enough to be remembered is sent again, a larger one is not', async () => {
    const put = (port: number, body: string) =>
      rawRequest(
        port,
        `PUT / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
    const small = await oneHangsUp()
    expect(await put(small.lab.port, 'x'.repeat(1000))).toContain('well')
    let received = 0
    const raw = await startRaw((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.length
        if (received > 150_000) socket.resetAndDestroy()
      })
    })
    const well = await startRelease('well')
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port, well.port])] })
    expect(await put(lab.port, 'x'.repeat(200_000))).toMatch(/^HTTP\/1\.1 502/)
  })

  test('a request that kills whoever gets it does not kill every instance', async () => {
    let killed = 0
    const raws = await Promise.all(
      [1, 2, 3, 4, 5].map(() =>
        startRaw(
          (socket) =>
            void socket.on('data', () => {
              killed += 1
              socket.resetAndDestroy()
            }),
        ),
      ),
    )
    const lab = await startLab()
    await lab.apply({
      arms: [
        arm(
          12,
          100,
          raws.map((raw) => raw.port),
        ),
      ],
    })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 502 })
    expect(killed).toBe(2)
  })
})

describe('connections that rest', () => {
  test('are used again', async () => {
    const sockets = new Set<unknown>()
    const release = await startRelease('r12', (req, res) => {
      sockets.add(req.socket)
      res.end('x')
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = 0; n < 50; n++) await ask(lab.port, 'GET', agent)
    agent.destroy()
    expect(sockets.size).toBe(1)
  })

  // The release closes each connection at a random moment after its answer, just when the next request may be on its way.
  test.each(['GET', 'POST'])('closed at the worst moment lose no %s', async (method) => {
    let served = 0
    const release = await startRelease('r12', (req, res) => {
      req.resume()
      served += 1
      const { socket } = req
      res.end('ok', () => setTimeout(() => socket.destroy(), [0, 1, 2, 3, 5, 25][served % 6]))
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    let failed = 0
    const lane = async (from: number) => {
      for (let n = from; n < 1_000; n += 8) {
        // Requests come a little later than the answer before, where the closing waits.
        await new Promise((resolve) => setTimeout(resolve, n % 7))
        if ((await ask(lab.port, method, agent)) !== 200) failed += 1
      }
    }
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(lane))
    agent.destroy()
    expect(failed).toBe(0)
    expect(served).toBe(1_000)
  })
})

test('requests go to the least busy instance, equals in turn', async () => {
  const counts = [0, 0, 0]
  const releases = await Promise.all(
    counts.map((_, at) =>
      startRelease('r12', (req, res) => {
        if (req.url === '/wait') return
        counts[at] = (counts[at] ?? 0) + 1
        res.end(String(at))
      }),
    ),
  )
  const lab = await startLab()
  await lab.apply({
    arms: [
      arm(
        12,
        100,
        releases.map((release) => release.port),
      ),
    ],
  })
  new RawClient(lab.port).send('GET /wait HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
  await until('one is busy', async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1)
  for (let n = 0; n < 60; n++) await get(lab.port, 'shop.localhost')
  expect(counts.toSorted((a, b) => a - b)).toEqual([0, 30, 30])
})

test('an instance killed in the middle of its answer breaks that answer and no other', async () => {
  const dies = await startRelease('dies', (_req, res) => void res.write('beginning'))
  const stays = await startRelease('stays', (_req, res) => res.end('whole'))
  const lab = await startLab()
  await lab.apply({ arms: [arm(12, 100, [dies.port, stays.port])] })
  const broken = new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
  await broken.sees('beginning')
  await dies.stop()
  expect((await broken.seesEnd()).endsWith('0\r\n\r\n')).toBe(false)
  for (let n = 0; n < 6; n++) expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'whole' })
})

async function ask(port: number, method: string, agent: Agent): Promise<number> {
  const asked = request({ port, host: '127.0.0.1', method, agent, headers: { Host: 'shop.localhost' } })
  asked.end(method === 'POST' ? 'body' : undefined)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode ?? 0
}

describe('what each instance did is counted apart', () => {
  test('requests, failures and answers that broke off, so that they add up to the release', async () => {
    const well = await startRelease('well')
    const ill = await startRelease('ill', (req, res) => {
      if (req.url !== '/breaks') return void res.writeHead(500).end()
      res.writeHead(200, { 'content-length': '100' })
      res.write('half')
      setImmediate(() => res.destroy())
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [well.port, ill.port])] })
    for (let n = 0; n < 10; n++) await get(lab.port, 'shop.localhost')
    const counters = await countersOf(lab)
    const boxes = counters?.boxes?.toSorted((left, right) => left.errors - right.errors)
    expect(boxes?.map(({ requests, errors }) => [requests, errors])).toEqual([
      [5, 0],
      [5, 5],
    ])
    expect(boxes?.every(({ buckets }) => buckets > 0)).toBe(true)
    expect(counters).toMatchObject({ requests: 10, errors: 5 })
  })
})
