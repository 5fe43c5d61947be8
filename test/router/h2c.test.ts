import { connect, constants, createServer } from 'node:http2'
import type {
  ClientHttp2Session,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RouterLimits } from '../../src/router/limits.ts'
import {
  arm,
  countersOf,
  deadPort,
  get,
  PRODUCTION,
  RawClient,
  startLab,
  startRaw,
  startRelease,
  until,
} from './router-lab.ts'

type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

/** An instance that speaks HTTP/2 in clear text and nothing else. */
async function startH2c(serve: Serve, settings = {}, wished = 0) {
  const server = createServer({ settings })
  const sessions = new Set<{ destroy(): void }>()
  let opened = 0
  server.on('session', (session) => {
    opened += 1
    sessions.add(session)
    session.on('error', () => {})
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    serve(stream, headers)
  })
  await new Promise<void>((resolve) => server.listen(wished, '127.0.0.1', resolve))
  const stop = async () => {
    for (const session of sessions) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(stop)
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, stop, opened: () => opened, sessions }
}

const h2c = (release: number, weightPercent: number, ports: readonly number[]) => ({
  ...arm(release, weightPercent, ports),
  protocol: 'h2c' as const,
})

async function labOver(serve: Serve, limits: Partial<RouterLimits> = {}) {
  const release = await startH2c(serve)
  const lab = await startLab({ limits })
  await lab.apply({ arms: [h2c(12, 100, [release.port])] })
  return { lab, release, session: sessionTo(lab.port) }
}

function sessionTo(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

type Answer = {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  trailers: IncomingHttpHeaders
  code: number
}

function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':authority': 'shop.localhost', ...headers })
    const answer: Answer = { status: 0, headers: {}, body: Buffer.alloc(0), trailers: {}, code: 0 }
    stream.on('response', (got) => (answer.headers = got))
    stream.on('trailers', (got) => (answer.trailers = got))
    stream.on('data', (chunk: Buffer) => (answer.body = Buffer.concat([answer.body, chunk])))
    stream.on('error', () => {})
    stream.on('close', () =>
      resolve({ ...answer, status: Number(answer.headers[':status']), code: stream.rstCode }),
    )
    stream.end(body)
  })
}

const echo: Serve = (stream, headers) => {
  stream.respond({ ':status': 200, 'x-saw': JSON.stringify(headers) })
  stream.pipe(stream)
}

describe('HTTP/2 in clear text', () => {
  test('is taken from a client that begins with it, also for a release of HTTP/1.1', async () => {
    const release = await startRelease(
      'r12',
      (req, res) => void req.pipe(res.setHeader('x-version', req.httpVersion)),
    )
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const answer = await ask(sessionTo(lab.port), { ':method': 'POST' }, 'hello')
    expect(answer.headers).toMatchObject({ ':status': 200, 'x-version': '1.1', 'x-sluice-release': '12' })
    expect(answer.body.toString()).toBe('hello')
  })

  test('is taken although its first bytes come one by one', async () => {
    const { lab } = await labOver(echo)
    const client = new RawClient(lab.port)
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'
    for (const sign of preface) {
      client.send(sign)
      await new Promise((resolve) => setImmediate(resolve))
    }
    // A frame of settings: 9 bytes, of which the fourth is its kind.
    await until('settings of the router', () => client.received.length >= 9)
    expect(client.received[3]).toBe(4)
  })

  test('is refused behind a request of HTTP/1.1', async () => {
    const { lab } = await labOver((stream) => stream.respond({ ':status': 204 }, { endStream: true }))
    const client = new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await client.sees('204')
    client.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    expect(await client.seesEnd()).toMatch(/HTTP\/1\.1 4\d\d [\s\S]*router\/bad-request/)
  })

  test('is spoken with a release that speaks nothing else, whatever the client speaks', async () => {
    const { lab, session } = await labOver(echo)
    const over1 = await get(lab.port, 'shop.localhost', '/a?b', { 'X-A': '1' })
    expect(over1.status).toBe(200)
    const saw = JSON.parse(/x-saw: (.*)/.exec(over1.head)?.[1] ?? '{}') as IncomingHttpHeaders
    expect(saw).toMatchObject({
      ':path': '/a?b',
      ':authority': 'shop.localhost',
      'x-a': '1',
      'x-forwarded-proto': 'http',
    })
    expect(saw).not.toHaveProperty('connection')
    const over2 = await ask(session, { ':path': '/c', ':method': 'POST' }, 'x'.repeat(500_000))
    expect(over2.headers).toMatchObject({ ':status': 200, 'x-sluice-release': '12' })
    expect(over2.body.length).toBe(500_000)
  })

  test('carries many requests on one connection to an instance, and opens another when it is full', async () => {
    const release = await startH2c(
      (stream) => void setTimeout(() => stream.respond({ ':status': 200 }, { endStream: true }), 20),
      { maxConcurrentStreams: 10 },
    )
    const lab = await startLab()
    await lab.apply({ arms: [h2c(12, 100, [release.port])] })
    await get(lab.port, 'shop.localhost')
    const session = sessionTo(lab.port)
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(session, {})))
    expect(answers.filter((each) => each.status === 200)).toHaveLength(30)
    expect(release.opened()).toBeLessThanOrEqual(4)
    expect(release.opened()).toBeGreaterThan(1)
    expect(await countersOf(lab)).toMatchObject({ requests: 31, errors: 0 })
  })

  test('keeps back what a slow client does not take', async () => {
    let sent = 0
    const chunk = Buffer.alloc(64 * 1024)
    const { session } = await labOver((stream) => {
      stream.respond({ ':status': 200 })
      const more = () => {
        while (sent < 200 && stream.write(chunk)) sent += 1
        if (sent >= 200) stream.end()
      }
      stream.on('drain', () => {
        sent += 1
        more()
      })
      more()
    })
    const stream = session.request({ ':authority': 'shop.localhost' })
    await once(stream, 'response')
    // Nobody reads: it comes to a rest far from the end.
    let last = -1
    await until('a standstill', async () => {
      if (sent === last) return true
      last = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
      return false
    })
    expect(sent).toBeLessThan(150)
    let got = 0
    stream.on('data', (each: Buffer) => (got += each.length))
    await once(stream, 'close')
    expect(got).toBe(sent * chunk.length)
  })

  test('a request that a release says it has not looked at is given to it once more, a POST, too', async () => {
    let seen = 0
    const { session, lab } = await labOver((stream) => {
      seen += 1
      if (seen === 1) stream.close(constants.NGHTTP2_REFUSED_STREAM)
      else stream.pipe(stream.respond({ ':status': 200 }) ?? stream)
    })
    const answer = await ask(session, { ':method': 'POST' }, 'once')
    expect(answer.headers[':status']).toBe(200)
    expect(answer.body.toString()).toBe('once')
    expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 0, retried: 1 })
  })

  test('a POST that may have been processed is not sent twice', async () => {
    let seen = 0
    const { session } = await labOver((stream) => {
      seen += 1
      stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    })
    expect((await ask(session, { ':method': 'POST' }, 'x')).headers[':status']).toBe(502)
    expect(seen).toBe(1)
  })

  test('an instance that is gone is passed over, and one that has gone away is asked on a new connection', async () => {
    const release = await startH2c(echo)
    const lab = await startLab()
    await lab.apply({ arms: [h2c(12, 100, [await deadPort(), release.port])] })
    const session = sessionTo(lab.port)
    for (let n = 0; n < 6; n += 1) expect((await ask(session, {})).headers[':status']).toBe(200)
    for (const each of release.sessions) each.destroy()
    await until('the connection is known to be gone', async () => (await ask(session, {})).status === 200)
    expect(release.opened()).toBe(2)
  })

  test('an instance that was left out is back when its health path answers in HTTP/2', async () => {
    const port = await deadPort()
    const lab = await startLab({ limits: { probeFirstMs: 20, probeMsMax: 20 } })
    await lab.apply({ healthPath: '/healthz', arms: [h2c(12, 100, [port])] })
    const session = sessionTo(lab.port)
    expect((await ask(session, {})).status).toBe(502)
    await startH2c((stream) => stream.respond({ ':status': 204 }, { endStream: true }), {}, port)
    await until('it is back', () => lab.log.some(({ sentence }) => sentence === 'an instance answers again'))
    expect((await ask(session, {})).status).toBe(204)
  })

  test('an answer that breaks off breaks off for the client', async () => {
    const { session, lab } = await labOver((stream) => {
      // Without `waitForTrailers` Node says a clean end before it says that the stream is broken.
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.write('half', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    })
    const answer = await ask(session, {})
    expect(answer.code).not.toBe(constants.NGHTTP2_NO_ERROR)
    const over1 = await new RawClient(lab.port)
      .send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
      .seesEnd()
    expect(over1).not.toMatch(/\r\n0\r\n/)
    expect(await countersOf(lab)).toMatchObject({ requests: 2, errors: 2 })
  })

  test.each(['HTTP/1.1', 'HTTP/2'])(
    'an upload in %s that breaks off is never whole to the release',
    async (version) => {
      let wasWhole = false
      let code: number | undefined
      let got = 0
      const { session, lab } = await labOver((stream) => {
        stream.on('data', (chunk: Buffer) => (got += chunk.length))
        stream.on('end', () => (wasWhole = !stream.aborted && stream.rstCode === 0))
        stream.on('close', () => (code = stream.rstCode))
      })
      if (version === 'HTTP/1.1') {
        const head = 'POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
        const client = new RawClient(lab.port).send(`${head}4\r\nhalf\r\n`)
        await until('half of it is there', () => got === 4)
        client.socket.destroy()
      } else {
        const stream = session.request(
          { ':method': 'POST', ':authority': 'shop.localhost' },
          { waitForTrailers: true },
        )
        stream.on('error', () => {})
        stream.write('half')
        await until('half of it is there', () => got === 4)
        stream.close(constants.NGHTTP2_CANCEL)
      }
      await until('the release hears of it', () => code !== undefined)
      expect(wasWhole).toBe(false)
      expect(code).toBe(constants.NGHTTP2_CANCEL)
    },
  )

  test('a client that leaves is told to the release', async () => {
    let code: number | undefined
    const { session } = await labOver((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('first')
      stream.on('close', () => (code = stream.rstCode))
    })
    const stream = session.request({ ':authority': 'shop.localhost' })
    stream.on('error', () => {})
    await once(stream, 'data')
    stream.close(constants.NGHTTP2_CANCEL)
    await until('the release hears of it', () => code !== undefined)
    expect(code).toBe(constants.NGHTTP2_CANCEL)
  })

  test('a release that is silent for too long is given up with 504', async () => {
    const { session } = await labOver(() => {}, { upstreamHeadMsMax: 100 })
    expect((await ask(session, {})).headers[':status']).toBe(504)
  })

  test('what does not speak HTTP/2 is answered for with 502', async () => {
    const raw = await startRaw(
      (socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    const lab = await startLab()
    await lab.apply({ arms: [h2c(12, 100, [raw.port])] })
    expect((await get(lab.port, 'shop.localhost')).status).toBe(502)
  })

  test('a head of an answer that is larger than the limit is answered for with 502', async () => {
    const { session } = await labOver((stream) =>
      stream.respond({ ':status': 200, 'x-large': 'x'.repeat(100_000) }, { endStream: true }),
    )
    const answer = await ask(session, {})
    expect(answer.headers[':status']).toBe(502)
  })

  test('a door speaks it as well', async () => {
    const { lab } = await labOver(echo)
    const door = await lab.traffic.openDoor(PRODUCTION, 12)
    onTestFinished(() => door.close())
    const answer = await ask(sessionTo(Number(new URL(door.url).port)), { ':method': 'POST' }, 'through')
    expect(answer.body.toString()).toBe('through')
  })
})

describe('gRPC', () => {
  const grpc = {
    ':method': 'POST',
    ':path': '/shop.Orders/Place',
    'content-type': 'application/grpc',
    te: 'trailers',
  }
  const frame = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)])

  test('a call has its answer and its status in the trailers', async () => {
    const { session } = await labOver((stream, headers) => {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'x-te': headers['te'] },
        { waitForTrailers: true },
      )
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }))
      stream.pipe(stream)
    })
    const answer = await ask(session, grpc, frame('hello'))
    expect(answer.headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc',
      'x-te': 'trailers',
    })
    expect(answer.body).toEqual(frame('hello'))
    expect(answer.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'fine' })
  })

  test('a call that fails at once has its status in the head', async () => {
    const { session } = await labOver((stream) =>
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
        { endStream: true },
      ),
    )
    const answer = await ask(session, grpc, frame('hello'))
    expect(answer.headers).toMatchObject({ ':status': 200, 'grpc-status': '5' })
    expect(answer.body).toHaveLength(0)
  })

  test('both sides speak in turns', async () => {
    const { session } = await labOver((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.on('data', (chunk: Buffer) => stream.write(chunk))
      stream.on('end', () => stream.end())
    })
    const stream = session.request({ ':authority': 'shop.localhost', ...grpc })
    for (const word of ['one', 'two', 'three']) {
      stream.write(frame(word))
      const [echoed] = (await once(stream, 'data')) as [Buffer]
      expect(echoed).toEqual(frame(word))
    }
    const trailers = once(stream, 'trailers')
    stream.end()
    stream.resume()
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' })
  })

  test('a page of the router is an answer that a client of gRPC understands', async () => {
    const lab = await startLab()
    await lab.apply({ arms: [h2c(12, 100, [await deadPort()])] })
    const answer = await ask(sessionTo(lab.port), grpc, frame('hello'))
    // 14: unavailable; what failed is not known to have been processed.
    expect(answer.headers).toMatchObject({
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': '14',
    })
    expect(answer.headers['grpc-message']).toContain('did not answer')
  })
})
