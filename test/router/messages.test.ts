import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  arm,
  countersOf,
  echoHead,
  get,
  labWith,
  RawClient,
  rawRequest,
  startLab,
  startRaw,
  startRelease,
} from './router-lab.ts'

function headersOf(body: string): [string, string][] {
  const { raw } = JSON.parse(body) as { raw: string[] }
  return raw.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1] ?? ''] as [string, string]] : [],
  )
}

describe('a request on its way to a release', () => {
  test('keeps its own headers, in order and doubled, and loses those of this hop', async () => {
    const { port } = await labWith(echoHead)
    const { body } = await get(port, 'shop.localhost', '/a?b=%20c', {
      'X-A': '1',
      'X-B': '2',
      'x-a': '3',
      'X-Gone': 'x',
      'Keep-Alive': 'timeout=5',
      'Proxy-Connection': 'x',
      Connection: 'x-gone, host',
    })
    const headers = headersOf(body)
    expect(JSON.parse(body).url).toBe('/a?b=%20c')
    expect(headers.filter(([name]) => name.startsWith('x-a') || name === 'x-b')).toEqual([
      ['x-a', '1'],
      ['x-b', '2'],
      ['x-a', '3'],
    ])
    expect(headers.filter(([name]) => name === 'host')).toEqual([['host', 'shop.localhost']])
    expect(headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(['x-gone']))
    expect(headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(['keep-alive']))
    expect(headers.map(([name]) => name)).not.toEqual(expect.arrayContaining(['proxy-connection']))
  })

  test('carries nothing of ours from outside, in any spelling, and says who asked', async () => {
    const { port } = await labWith(echoHead)
    const { body } = await get(port, 'shop.localhost', '/', {
      'X-Sluice-Release': '11',
      'x-sluice-anything': 'y',
      X_Sluice_Release: '11',
      'X-Forwarded-For': '6.6.6.6',
      X_Forwarded_For: '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
      'X-Forwarded-Proto': 'https',
      'X-Real-IP': '6.6.6.6',
    })
    expect(body).not.toMatch(/sluice/i)
    expect(body).not.toContain('6.6.6.6')
    const headers = new Map(headersOf(body))
    expect(headers.get('x-forwarded-for')).toBe('127.0.0.1')
    expect(headers.get('x-forwarded-proto')).toBe('http')
    expect(headers.get('x-forwarded-host')).toBe('shop.localhost')
  })

  test('keeps what a trusted proxy in front said', async () => {
    const release = await startRelease('r12', echoHead)
    const lab = await startLab({ trustedProxies: ['127.0.0.0/8'] })
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const { body } = await get(lab.port, 'shop.localhost', '/', {
      'X-Forwarded-For': '1.2.3.4',
      'X-Forwarded-Proto': 'https',
    })
    const headers = new Map(headersOf(body))
    expect(headers.get('x-forwarded-for')).toBe('1.2.3.4, 127.0.0.1')
    expect(headers.get('x-forwarded-proto')).toBe('https')
  })

  test('without a body stays without one', async () => {
    const { port } = await labWith(echoHead)
    const text = await rawRequest(
      port,
      'POST / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n',
    )
    expect(text).toContain('"Content-Length","0"')
    expect(text.toLowerCase()).not.toContain('"transfer-encoding"')
  })

  test('a chunked body arrives whole, with its trailers but not with those that could deceive', async () => {
    const { port } = await labWith((req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => res.end(JSON.stringify({ body, trailers: req.trailers })))
    })
    const text = await rawRequest(
      port,
      'POST / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 7\r\nHost: evil\r\nX-Sluice-Release: 1\r\n\r\n',
    )
    expect(text).toContain('"body":"abcdefg"')
    expect(text).toContain('"trailers":{"x-sum":"7"}')
  })

  test('that expects 100 Continue sends its body only when the release asks for it', async () => {
    const bodies: string[] = []
    const server = createServer()
    server.on('checkContinue', (req: IncomingMessage, res) => {
      if (req.url === '/refused') {
        res.writeHead(413).end('too large')
        return
      }
      res.writeContinue()
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        bodies.push(body)
        res.end('thank you')
      })
    })
    const release = await startRelease('unused')
    release.server.removeAllListeners('request')
    release.server.on('checkContinue', (...args) => server.emit('checkContinue', ...args))
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const head = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`

    const welcome = new RawClient(lab.port).send(head('/'))
    await welcome.sees('HTTP/1.1 100 Continue\r\n\r\n')
    welcome.send('hello')
    await welcome.sees('thank you')
    expect(bodies).toEqual(['hello'])

    const refused = new RawClient(lab.port).send(head('/refused'))
    await refused.sees('too large')
    expect(refused.text).toMatch(/^HTTP\/1\.1 413/)
  })

  test('answered early goes on no further, and the client has its answer', async () => {
    let receivedBytes = 0
    const { port } = await labWith((req, res) => {
      req.on('data', (chunk: Buffer) => (receivedBytes += chunk.length))
      req.once('data', () => res.writeHead(403).end('no more please'))
    })
    const asked = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { Host: 'shop.localhost', 'Content-Length': 50_000_000 },
    })
    asked.on('error', () => {})
    asked.write(randomBytes(100_000))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(403)
    answer.resume()
    await once(answer, 'end')
    asked.destroy()
    expect(receivedBytes).toBeLessThanOrEqual(100_000)
  })
})

describe('an answer on its way to a client', () => {
  test('names the release and keeps status text, doubled headers and cookies', async () => {
    const { port } = await labWith((_req, res) => {
      res.writeHead(201, 'Made It', [
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'X-Sluice-Release',
        '99',
        'X-One',
        'é',
      ])
      res.end('x')
    })
    const { head } = await get(port, 'shop.localhost', '/', {
      Cookie: 'sluice_user=00000000000000000000000000000000',
    })
    expect(head).toContain('HTTP/1.1 201 Made It')
    expect(head.match(/set-cookie: .*/gi)).toEqual(['Set-Cookie: a=1', 'Set-Cookie: b=2'])
    expect(head.match(/x-sluice-.*/gi)).toEqual(['X-Sluice-Release: 12'])
    expect(head).toContain('X-One: é')
  })

  test.each([204, 304])('%i has no body and leaves the connection usable', async (status) => {
    const { port } = await labWith((_req, res) => res.writeHead(status).end())
    const client = new RawClient(port).send(
      'GET /1 HTTP/1.1\r\nHost: shop.localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n',
    )
    const text = await client.seesEnd()
    expect(text.match(new RegExp(`HTTP/1.1 ${status}`, 'g'))).toHaveLength(2)
    expect(text).not.toMatch(/transfer-encoding/i)
  })

  test('to HEAD keeps the length it would have had', async () => {
    const { port } = await labWith((_req, res) => res.writeHead(200, { 'Content-Length': 1234 }).end())
    const text = await rawRequest(
      port,
      'HEAD / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n',
    )
    expect(text).toMatch(/content-length: 1234/i)
    expect(text.endsWith('\r\n\r\n')).toBe(true)
  })

  test('brings early hints before it, and its trailers after it', async () => {
    const { port } = await labWith((_req, res) => {
      res.writeEarlyHints({ link: '</app.css>; rel=preload; as=style' })
      res.writeHead(200, { Trailer: 'X-Sum' })
      res.write('body')
      res.addTrailers({ 'X-Sum': '4' })
      res.end()
    })
    const text = await rawRequest(port, 'GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/app\.css>; rel=preload; as=style\r\n/i)
    expect(text).toMatch(/\r\n0\r\nX-Sum: 4\r\n\r\n$/)
  })

  test('to an HTTP/1.0 client is not chunked and ends with the connection', async () => {
    const { port } = await labWith((_req, res) => {
      res.write('one ')
      res.end('two')
    })
    const text = await rawRequest(port, 'GET / HTTP/1.0\r\nHost: shop.localhost\r\n\r\n')
    expect(text).not.toMatch(/transfer-encoding/i)
    expect(text.endsWith('\r\n\r\none two')).toBe(true)
  })

  test('of a server that only closes when done is passed on whole', async () => {
    const raw = await startRaw((socket) => {
      socket.once('data', () =>
        socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end'),
      )
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 200, body: 'until the end' })
  })

  test('has its head passed on before its body exists', async () => {
    let finish: () => void = () => {}
    const { port } = await labWith((_req, res) => {
      res.writeHead(200, { 'Content-Length': 4 })
      res.flushHeaders()
      finish = () => res.end('done')
    })
    const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await client.sees('X-Sluice-Release: 12')
    finish()
    await client.sees('done')
  })

  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this', 'only this'],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n',
      '\r\nonly this\r\n',
    ],
  ])('that breaks off, %s, never looks complete, and counts as an error', async (_, words, tail) => {
    const raw = await startRaw((socket) => {
      socket.once('data', () => socket.write(words, () => setTimeout(() => socket.resetAndDestroy(), 50)))
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    const client = new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    const text = await client.seesEnd()
    expect(text.endsWith(tail)).toBe(true)
    expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 1, clientLeft: 0 })
  })

  test.each([
    [
      'a doubled framing',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('that is %s becomes 502', async (_, words) => {
    const raw = await startRaw((socket) => void socket.once('data', () => socket.end(words)))
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 502 })
    expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 1, noUpstream: 1 })
  })

  test('that does not come in time becomes 504', async () => {
    const release = await startRelease('silent', () => {})
    const lab = await startLab({ limits: { upstreamHeadMsMax: 100 } })
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 504 })
  })
})
