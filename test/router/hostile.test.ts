import { describe, expect, test } from 'vitest'
import { CHUNKED } from '../../src/router/http1/message-head.ts'
import { BodyReader, BROKEN } from '../../src/router/http1/body-reader.ts'
import { arm, get, labWith, RawClient, startLab, startRaw, startRelease, until } from './router-lab.ts'

const HOST = 'Host: shop.localhost\r\n'
const CHUNKS = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`

/** A lab whose release notes every path it is asked for. */
async function noting() {
  const paths: string[] = []
  const lab = await labWith((req, res) => {
    req.on('error', () => {})
    req.resume()
    req.on('end', () => {
      paths.push(req.url ?? '')
      res.end('reached the release')
    })
  })
  return { port: lab.port, paths }
}

describe('is refused, told why, closed, and nothing is passed on:', () => {
  test.each([
    [400, 'a head that is no HTTP', '\x16\x03\x01\x02\x00\x01'],
    [400, 'a length in a name with an underscore', `POST / HTTP/1.1\r\n${HOST}Content_Length: 3\r\n\r\nabc`],
    [
      400,
      'chunks in a name with an underscore',
      `POST / HTTP/1.1\r\n${HOST}Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      400,
      'a coding before chunked',
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [400, 'chunks in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      400,
      'the same length twice',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`,
    ],
    [400, 'an empty length', `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\n`],
    [400, 'a length beyond counting', `POST / HTTP/1.1\r\n${HOST}Content-Length: 9999999999999999\r\n\r\n`],
    [400, 'a header without a name', `GET / HTTP/1.1\r\n${HOST}: x\r\n\r\n`],
    [400, 'a header without a colon', `GET / HTTP/1.1\r\n${HOST}X\r\n\r\n`],
    [400, 'a DEL in a value', `GET / HTTP/1.1\r\n${HOST}X: \x7f\r\n\r\n`],
    [400, 'a control character in the target', `GET /\x01 HTTP/1.1\r\n${HOST}\r\n`],
    [400, 'a byte beyond ASCII in the target', `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n`],
    [400, 'a fragment in the target', `GET /#x HTTP/1.1\r\n${HOST}\r\n`],
    [400, 'two spaces before the version', `GET /  HTTP/1.1\r\n${HOST}\r\n`],
    [400, 'a line that ends in CR CR LF', `GET / HTTP/1.1\r\r\n${HOST}\r\n`],
    [400, 'a user in the host', 'GET / HTTP/1.1\r\nHost: user@shop.localhost\r\n\r\n'],
    [400, 'a list of hosts', 'GET / HTTP/1.1\r\nHost: shop.localhost, evil\r\n\r\n'],
    [400, 'an absolute target of another scheme', `GET ftp://shop.localhost/ HTTP/1.1\r\n${HOST}\r\n`],
    [400, 'a chunk size with a sign', `${CHUNKS}+3\r\nabc\r\n0\r\n\r\n`],
    [400, 'a chunk size with 0x', `${CHUNKS}0x3\r\nabc\r\n0\r\n\r\n`],
    [400, 'a chunk size behind a space', `${CHUNKS} 3\r\nabc\r\n0\r\n\r\n`],
    [400, 'a chunk size before a line feed', `${CHUNKS}3\nabc\r\n0\r\n\r\n`],
    [400, 'a line feed in a chunk extension', `${CHUNKS}3;a=b\nc\r\nabc\r\n0\r\n\r\n`],
    [400, 'a chunk longer than its size', `${CHUNKS}3\r\nabcd\r\n0\r\n\r\n`],
    [400, 'a chunk that ends in a line feed', `${CHUNKS}3\r\nabc\n0\r\n\r\n`],
    [400, 'a length among the trailers', `${CHUNKS}3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n`],
    [405, 'a tunnel', `CONNECT shop.localhost:443 HTTP/1.1\r\n${HOST}\r\n`],
    [414, 'a target that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
    [414, 'a first line without end', `GET /${'x'.repeat(100_000)}`],
    [431, 'headers without end', `GET / HTTP/1.1\r\n${HOST}${'X-A: 1\r\n'.repeat(10_000)}`],
    [431, 'too many headers', `GET / HTTP/1.1\r\n${HOST}${'X: 1\r\n'.repeat(300)}\r\n`],
    [501, 'a method nobody knows', `BREW / HTTP/1.1\r\n${HOST}\r\n`],
    [505, 'HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}\r\n`],
    [505, 'HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n`],
  ])('%i: %s', async (status, _, words) => {
    const { port, paths } = await noting()
    const client = new RawClient(port).send(words)
    const text = await client.seesEnd()
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(text).toMatch(/\r\nConnection: close\r\n/)
    expect(text).toContain('This page comes from Sluice')
    expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1)
    expect(paths).toEqual([])
  })

  test('what stands behind a request that was refused is not read any more', async () => {
    const { port, paths } = await noting()
    const client = new RawClient(port).send(
      `GET / HTTP/1.1\r\n${HOST}X A: 1\r\n\r\nGET /hidden HTTP/1.1\r\n${HOST}\r\n`,
    )
    await client.seesEnd()
    expect(paths).toEqual([])
  })

  test('a bad chunk that comes later ends the request at the release unfinished', async () => {
    let hasBegun = false
    let wasBroken = false
    const lab = await labWith((req) => {
      req.on('data', () => (hasBegun = true))
      req.on('error', () => (wasBroken = true))
    })
    const client = new RawClient(lab.port).send(`${CHUNKS}3\r\nabc\r\n`)
    await until('the release has the first chunk', () => hasBegun)
    client.send('zz\r\n')
    expect(await client.seesEnd()).toMatch(/^HTTP\/1\.1 400 /)
    await until('the release is told', () => wasBroken)
  })
})

describe('is taken:', () => {
  test('an empty line before a request, and requests one after the other in one piece', async () => {
    const { port, paths } = await noting()
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${HOST}${more}\r\n`
    const client = new RawClient(port).send(
      `\r\n${get('/1')}${get('/2')}${get('/3', 'Connection: close\r\n')}`,
    )
    const text = await client.seesEnd()
    expect(paths).toEqual(['/1', '/2', '/3'])
    expect(text.match(/reached the release/g)).toHaveLength(3)
  })

  test('a hundred requests in one piece, answered in order', async () => {
    const { port } = await (async () => labWith((req, res) => res.end(`<${req.url}>`)))()
    const all = Array.from(
      { length: 100 },
      (_, n) => `GET /${n} HTTP/1.1\r\n${HOST}${n === 99 ? 'Connection: close\r\n' : ''}\r\n`,
    )
    const text = await new RawClient(port).send(all.join('')).seesEnd()
    expect(text.match(/<\/\d+>/g)).toEqual(Array.from({ length: 100 }, (_, n) => `</${n}>`))
  })

  test('a request byte by byte', async () => {
    const { port, paths } = await noting()
    const client = new RawClient(port)
    client.socket.setNoDelay(true)
    for (const sign of `${CHUNKS.replace('POST /', 'POST /slow')}3\r\nabc\r\n0\r\n\r\n`) {
      client.send(sign)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await client.sees('reached the release')
    expect(paths).toEqual(['/slow'])
  })

  test('HTTP/1.0 that keeps its connection, as ab asks for', async () => {
    const { port } = await labWith((_req, res) => res.writeHead(200, { 'Content-Length': 2 }).end('ok'))
    const words = `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`
    const client = new RawClient(port).send(words)
    await client.sees('\r\n\r\nok')
    expect(client.text).toMatch(/\r\nConnection: keep-alive\r\n/)
    client.send(words)
    await until('the second answer', () => client.text.match(/\r\n\r\nok/g)?.length === 2)
  })
})

test('chunks are understood the same however their bytes are cut up', () => {
  const bytes = Buffer.from('3;a=b\r\nabc\r\n00a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\nrest', 'latin1')
  for (let first = 1; first < bytes.length; first += 1) {
    let body = ''
    let trailers: string | undefined
    const reader = new BodyReader(CHUNKED, {
      onBody: (lent, from, to) => void (body += lent.toString('latin1', from, to)),
      onBodyEnd: (fields) => void (trailers = fields?.header('x-t')),
    })
    const at = reader.read(bytes, 0, first)
    expect(at).not.toBe(BROKEN)
    const end = reader.hasEnded ? at : reader.read(bytes, first, bytes.length)
    expect({ first, body, trailers, rest: bytes.toString('latin1', end) }).toEqual({
      first,
      body: 'abc0123456789',
      trailers: '1',
      rest: 'rest',
    })
  }
})

describe('a release that', () => {
  async function answering(words: string, limits = {}) {
    const raw = await startRaw(
      (socket) => void socket.once('data', () => socket.write(Buffer.from(words, 'latin1'))),
    )
    const lab = await startLab({ limits: { upstreamHeadMsMax: 300, upstreamIdleMsMax: 300, ...limits } })
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    return lab
  }

  test.each([
    ['sends a gigabyte of headers', `HTTP/1.1 200 OK\r\n${'X-A: 1\r\n'.repeat(20_000)}`],
    ['folds a header', 'HTTP/1.1 200 OK\r\nX: 1\r\n Content-Length: 5\r\n\r\n'],
    ['ends its lines with a line feed', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['says two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['has a status of its own', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['speaks HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['upgrades unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    ['writes a header name with a space', 'HTTP/1.1 200 OK\r\nX A: 1\r\n\r\n'],
  ])('%s is not passed on: 502 with an id', async (_, words) => {
    const lab = await answering(words)
    const answer = await get(lab.port, 'shop.localhost', '/', { Accept: 'application/json' })
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'router/no-answer',
      id: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
  })

  test('says half a head and no more is 504', async () => {
    const lab = await answering('HTTP/1.1 200 OK\r\nContent-Le')
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 504 })
  })

  test('stops in the middle of its body is broken off', async () => {
    const lab = await answering('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    const client = new RawClient(lab.port).send(`GET / HTTP/1.1\r\n${HOST}\r\n`)
    expect((await client.seesEnd()).endsWith('\r\n\r\nhalf')).toBe(true)
  })

  test('sends a bad chunk is broken off before it', async () => {
    const lab = await answering('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n')
    const client = new RawClient(lab.port).send(`GET / HTTP/1.1\r\n${HOST}\r\n`)
    expect((await client.seesEnd()).endsWith('3\r\nabc\r\n')).toBe(true)
  })

  test('answers twice is believed once: the second answer is nobody else’s', async () => {
    const twice =
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\noneHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
    let asked = 0
    const raw = await startRaw((socket) => {
      socket.on('data', () => {
        asked += 1
        socket.write(twice)
      })
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    for (let n = 0; n < 5; n += 1)
      expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'one' })
    expect(asked).toBe(5)
  })

  test('is asked with HEAD and sends a body all the same gives nobody that body', async () => {
    const release = await startRelease('well')
    const raw = await startRaw((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'))
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    const head = new RawClient(lab.port).send(`HEAD / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    expect((await head.seesEnd()).endsWith('\r\n\r\n')).toBe(true)
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ body: 'well' })
  })
})
