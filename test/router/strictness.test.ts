import { describe, expect, test } from 'vitest'
import {
  arm,
  echoHead,
  labWith,
  PRODUCTION,
  RawClient,
  rawRequest,
  startLab,
  startRelease,
  until,
} from './router-lab.ts'

describe('a request that two readers could understand differently is refused', () => {
  const host = 'Host: shop.localhost\r\n'
  test.each([
    [
      'both length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`],
    ['two lengths in one', `POST / HTTP/1.1\r\n${host}Content-Length: 4, 4\r\n\r\nabcd`],
    ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`],
    ['an unknown coding', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['chunked not last', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['a space before the colon', `POST / HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['a folded header', `GET / HTTP/1.1\r\n${host}X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n`],
    ['a bare line feed', `GET / HTTP/1.1\n${host.replace('\r', '')}\n`],
    ['a carriage return in a value', `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`],
    ['a NUL in a value', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`],
    [
      'a chunk size that overflows',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n0\r\n\r\n`,
    ],
    ['two hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: shop.localhost/../x\r\n\r\n'],
    ['a target without slash', `GET x HTTP/1.1\r\n${host}\r\n`],
    ['a tunnel', `CONNECT shop.localhost:443 HTTP/1.1\r\n${host}\r\n`],
    [
      'HTTP/2 in the middle of a connection',
      `GET /* HTTP/1.1\r\n${host}Content-Length: x\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ],
  ])('%s', async (_, words) => {
    const urls: string[] = []
    const { port } = await labWith((req, res) => {
      urls.push(req.url ?? '')
      req.resume()
      res.end('reached the release')
    })
    const client = new RawClient(port).send(words)
    await until(
      'an answer or an end',
      () => client.text.includes('\r\n\r\n') || client.hasEnded || client.isClosed,
    )
    // A chunked body's fault shows after its head has gone on; then the release must never see a whole request.
    expect(client.text === '' ? 'HTTP/1.1 400' : client.text).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect(client.text).not.toContain('reached the release')
  })

  test('a second request hidden in a body is part of the body', async () => {
    const urls: string[] = []
    const { port } = await labWith((req, res) => {
      urls.push(req.url ?? '')
      req.resume()
      req.on('end', () => res.end('ok'))
    })
    const hidden = 'GET /hidden HTTP/1.1\r\nHost: shop.localhost\r\n\r\n'
    await rawRequest(
      port,
      `GET /open HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    )
    expect(urls).toEqual(['/open'])
  })
})

describe('limits', () => {
  test('a head that is too large is refused with 431', async () => {
    const { port } = await labWith(echoHead)
    const text = await rawRequest(
      port,
      `GET / HTTP/1.1\r\nHost: shop.localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 431/)
  })

  test('a client that dribbles its head is sent away', async () => {
    const release = await startRelease('r12')
    const lab = await startLab({ limits: { clientHeadMsMax: 200 } })
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const client = new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.lo')
    const timer = setInterval(() => client.socket.writable && client.send('x'), 50)
    try {
      expect(await client.seesEnd()).toMatch(/^HTTP\/1\.1 408/)
    } finally {
      clearInterval(timer)
    }
  })

  test('a client that stands still in its body is sent away', async () => {
    const lab = await startLab({ limits: { clientIdleMsMax: 200 } })
    const release = await startRelease('r12', echoHead)
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const client = new RawClient(lab.port).send(
      'POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 10\r\n\r\nab',
    )
    await client.seesEnd()
    await until(
      'nothing is under way',
      async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 0,
    )
  })
})
