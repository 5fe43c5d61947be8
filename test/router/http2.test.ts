import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:http2'
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  arm,
  countersOf,
  echoHead,
  PRODUCTION,
  startLab,
  startRaw,
  startRelease,
  stateFolder,
  until,
} from './router-lab.ts'

function opensslIsMissing(): boolean {
  const missing = spawnSync('openssl', ['version']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('openssl is not installed; this test needs it')
  if (missing) console.warn('skipped: openssl is not installed')
  return missing
}

async function labOver(ports: readonly number[]) {
  const folder = await stateFolder()
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=shop', '-addext', 'subjectAltName=DNS:shop.localhost'],
    ...['-keyout', join(folder, 'shop.key'), '-out', join(folder, 'shop.crt')],
  ])
  expect(made.status).toBe(0)
  const lab = await startLab({ tls: { ports: [0], certificates: folder } })
  await lab.apply({ arms: [arm(12, 100, ports)] })
  const session = connect(`https://127.0.0.1:${lab.router.tlsPorts[0]}`, { rejectUnauthorized: false })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return { lab, session }
}

async function labWithHttp2(listener: RequestListener) {
  return labOver([(await startRelease('r12', listener)).port])
}

type Answer = { headers: IncomingHttpHeaders; body: string; trailers: IncomingHttpHeaders; code: number }

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({ ':authority': 'shop.localhost', ...headers })
    const answer: Answer = { headers: {}, body: '', trailers: {}, code: 0 }
    stream.on('response', (got) => (answer.headers = got))
    stream.on('trailers', (got) => (answer.trailers = got))
    stream.on('data', (chunk: Buffer) => (answer.body += chunk.toString('latin1')))
    stream.on('error', () => {})
    stream.on('close', () => resolve({ ...answer, code: stream.rstCode }))
    stream.end(body)
  })
}

describe.skipIf(opensslIsMissing())('HTTP/2', () => {
  test('is spoken with clients that can, and goes on as HTTP/1.1', async () => {
    const { session } = await labWithHttp2(echoHead)
    const answer = await ask(session, { ':path': '/a?b', 'x-a': '1', cookie: ['a=1', 'b=2'], te: 'trailers' })
    expect(answer.headers).toMatchObject({ ':status': 200, 'x-sluice-release': '12' })
    const { url, raw } = JSON.parse(answer.body) as { url: string; raw: string[] }
    expect(url).toBe('/a?b')
    const valueOf = (name: string) => raw[raw.findIndex((each) => each.toLowerCase() === name) + 1]
    expect(valueOf('host')).toBe('shop.localhost')
    expect(valueOf('x-a')).toBe('1')
    expect(valueOf('cookie')).toBe('a=1; b=2')
    expect(valueOf('x-forwarded-proto')).toBe('https')
  })

  test('carries bodies both ways, with a length and without', async () => {
    const { session } = await labWithHttp2((req: IncomingMessage, res: ServerResponse) => void req.pipe(res))
    const body = 'x'.repeat(300_000)
    const sized = await ask(session, { ':method': 'POST', 'content-length': String(body.length) }, body)
    expect(sized.body.length).toBe(body.length)
    const unsized = await ask(session, { ':method': 'POST' }, body)
    expect(unsized.body.length).toBe(body.length)
  })

  test('serves many streams at once, each by itself', async () => {
    const { session, lab } = await labWithHttp2((req, res) => {
      setTimeout(() => res.end(req.url), Number(req.url?.slice(1)) % 7)
    })
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, n) => ask(session, { ':path': `/${n}` })),
    )
    expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 80 }, (_, n) => `/${n}`))
    expect(await countersOf(lab)).toMatchObject({ requests: 80, errors: 0, clientLeft: 0 })
  })

  test('brings trailers and early hints', async () => {
    const { session } = await labWithHttp2((_req, res) => {
      res.writeEarlyHints({ link: '</app.css>; rel=preload' })
      res.writeHead(200, { Trailer: 'X-Sum' })
      res.write('body')
      res.addTrailers({ 'X-Sum': '4' })
      res.end()
    })
    const stream = session.request({ ':authority': 'shop.localhost' })
    const hints: IncomingHttpHeaders[] = []
    const trailers: IncomingHttpHeaders[] = []
    stream.on('headers', (got) => hints.push(got))
    stream.on('trailers', (got) => trailers.push(got))
    stream.resume()
    await once(stream, 'close')
    expect(hints[0]).toMatchObject({ ':status': 103, link: '</app.css>; rel=preload' })
    expect(trailers[0]).toMatchObject({ 'x-sum': '4' })
  })

  test('HEAD, 204 and 304 have no body', async () => {
    const { session } = await labWithHttp2((req, res) => {
      const status = Number(req.url?.slice(1))
      res
        .writeHead(status, status === 200 ? { 'Content-Length': 5 } : {})
        .end(status === 200 ? 'hello' : undefined)
    })
    expect(await ask(session, { ':method': 'HEAD', ':path': '/200' })).toMatchObject({ body: '', code: 0 })
    expect(await ask(session, { ':path': '/204' })).toMatchObject({ headers: { ':status': 204 }, code: 0 })
    expect(await ask(session, { ':path': '/304' })).toMatchObject({ headers: { ':status': 304 }, code: 0 })
  })

  test.each([
    ['a host with a path', { ':authority': 'shop.localhost/x' }],
    ['a target that is none', { ':path': 'x' }],
    ['a byte beyond ASCII in the target', { ':path': '/\u00e9' }],
    ['a line break in the target', { ':path': '/ HTTP/1.1\r\nX: ' }],
    ['a length that is no number', { ':method': 'POST', 'content-length': '3, 3' }],
  ])('%s does not reach a release', async (_, headers) => {
    const paths: string[] = []
    const { session } = await labWithHttp2((req, res) => {
      paths.push(req.url ?? '')
      res.end()
    })
    const answer = await ask(session, headers).catch((error: unknown) => String(error))
    if (typeof answer !== 'string' && answer.code === 0)
      expect(answer.headers[':status']).toBeGreaterThanOrEqual(400)
    expect(paths).toEqual([])
    expect(await ask(session, {})).toMatchObject({ headers: { ':status': 200 } })
  })

  test('a client that cancels ends its request at the release, and is no error of the release', async () => {
    let hasEnded = false
    const { session, lab } = await labWithHttp2((req) => void req.on('close', () => (hasEnded = true)))
    const stream = session.request({ ':authority': 'shop.localhost' })
    stream.on('error', () => {})
    await until('it is under way', async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1)
    stream.close(8)
    await until('the release is told', () => hasEnded)
    expect(await countersOf(lab)).toMatchObject({ requests: 0, errors: 0, clientLeft: 1 })
    expect(await lab.traffic.inFlight(PRODUCTION, 12)).toEqual({ requests: 0, streams: 0 })
  })

  test('an answer that breaks off never looks complete, and other streams go on', async () => {
    const raw = await startRaw((socket) => {
      socket.once('data', (head) => {
        if (head.includes('/whole')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole')
        else
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () =>
            setTimeout(() => socket.destroy(), 30),
          )
      })
    })
    const { session } = await labOver([raw.port])
    const [broken, whole] = await Promise.all([
      ask(session, { ':path': '/half' }),
      ask(session, { ':path': '/whole' }),
    ])
    expect(broken.code).not.toBe(0)
    expect(whole).toMatchObject({ body: 'whole', code: 0 })
  })

  test('headers that HTTP/2 does not allow become 502 and end nothing else', async () => {
    const words = 'HTTP/1.1 200 OK\r\nContent-Type: a\r\nContent-Type: b\r\nContent-Length: 2\r\n\r\nok'
    const raw = await startRaw((socket) => void socket.once('data', () => socket.end(words)))
    const { session } = await labOver([raw.port])
    expect(await ask(session, {})).toMatchObject({ headers: { ':status': 502 }, body: '' })
    expect(await ask(session, {})).toMatchObject({ headers: { ':status': 502 } })
  })

  test('a client that does not read stops the release from writing', async () => {
    let writtenBytes = 0
    const { session } = await labWithHttp2((_req, res) => {
      const piece = Buffer.alloc(64 * 1024)
      const write = () => {
        while (writtenBytes < 64 * 1024 * 1024) {
          writtenBytes += piece.length
          if (!res.write(piece)) {
            res.once('drain', write)
            return
          }
        }
        res.end()
      }
      write()
    })
    const stream = session.request({ ':authority': 'shop.localhost' })
    stream.on('error', () => {})
    await once(stream, 'response')
    let before = -1
    await until('the release stands still', async () => {
      const stands = writtenBytes === before
      before = writtenBytes
      await new Promise((resolve) => setTimeout(resolve, 200))
      return stands && writtenBytes === before
    })
    expect(writtenBytes).toBeLessThan(32 * 1024 * 1024)
  })

  test('a router that stops says so and finishes what is under way', async () => {
    let finish: () => void = () => {}
    const { session, lab } = await labWithHttp2((_req, res) => (finish = () => res.end('finished')))
    const answer = ask(session, {})
    await until('it is under way', async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1)
    const stopped = lab.router.stop()
    const goaway = once(session, 'goaway')
    await goaway
    finish()
    expect(await answer).toMatchObject({ body: 'finished', code: 0 })
    await stopped
  })
})
