import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { FrameTracker } from '../../src/router/websocket-frames.ts'
import {
  arm,
  countersOf,
  get,
  labWith,
  PRODUCTION,
  RawClient,
  startLab,
  startRelease,
  until,
} from './router-lab.ts'
import type { Lab } from './router-lab.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const HANDSHAKE = `GET /live HTTP/1.1\r\nHost: shop.localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`

/** A release that accepts WebSockets and hands over the raw socket. */
async function labWithWebSocket(onSocket: (socket: Socket) => void): Promise<Lab> {
  const release = await startRelease('r12')
  release.server.on('upgrade', (req, socket: Socket) => {
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    onSocket(socket)
  })
  const lab = await startLab({ limits: { closeFrameMsMax: 300 } })
  await lab.apply({ arms: [arm(12, 100, [release.port])] })
  return lab
}

/** A text frame, masked as from a client when asked. */
function frame(text: string, masked: boolean): Buffer {
  const payload = Buffer.from(text)
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255]
  if (!masked) return Buffer.concat([Buffer.from([0x81, ...length]), payload])
  const mask = randomBytes(4)
  const [first = 0, ...rest] = length
  const hidden = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x81, 0x80 | first, ...rest]), mask, hidden])
}

const CLOSE_1001 = Buffer.from([0x88, 0x02, 0x03, 0xe9])
const streams = async (lab: Lab) => (await lab.traffic.inFlight(PRODUCTION, 12)).streams

describe('a WebSocket', () => {
  test('of a real client speaks through the router, both ways, and ends as its ends want', async () => {
    const lab = await labWithWebSocket((socket) => {
      socket.write(frame('welcome', false))
      socket.once('data', () => socket.write(frame('heard you', false)))
    })
    const client = new WebSocket(`ws://127.0.0.1:${lab.port}/live`)
    const heard: string[] = []
    client.addEventListener('message', (event) => heard.push(String(event.data)))
    await until('the welcome', () => heard.includes('welcome'))
    client.send('hello')
    await until('the answer', () => heard.includes('heard you'))
    expect(await lab.traffic.inFlight(PRODUCTION, 12)).toEqual({ requests: 0, streams: 1 })
    expect(await countersOf(lab)).toMatchObject({ requests: 1, errors: 0 })
    client.close()
  })

  test('names the release in its handshake and keeps bytes that came along with it', async () => {
    const received: Buffer[] = []
    const lab = await labWithWebSocket((socket) => socket.on('data', (chunk) => received.push(chunk)))
    const early = frame('early bird', true)
    const client = new RawClient(lab.port).send(Buffer.concat([Buffer.from(HANDSHAKE, 'latin1'), early]))
    const head = await client.sees('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 101 /)
    expect(head).toContain('X-Sluice-Release: 12')
    expect(head).toContain('Set-Cookie: sluice_user=')
    await until('the early bytes', () => Buffer.concat(received).equals(early))
  })

  test('that is cut gets a close frame 1001 on both sides', async () => {
    let received = Buffer.alloc(0)
    const lab = await labWithWebSocket((socket) =>
      socket.on('data', (chunk) => (received = Buffer.concat([received, chunk]))),
    )
    const client = new WebSocket(`ws://127.0.0.1:${lab.port}/live`)
    const closed = new Promise<CloseEvent>((resolve) => client.addEventListener('close', resolve))
    await until('the stream', async () => (await streams(lab)) === 1)
    await lab.traffic.cut(PRODUCTION, 12)
    expect(await closed).toMatchObject({ code: 1001, wasClean: true })
    await until('the close frame at the release', () => received.length >= 8)
    expect(received[0]).toBe(0x88)
    const unmasked = received.subarray(6, 8).map((byte, at) => byte ^ (received[2 + at] ?? 0))
    expect([...unmasked]).toEqual([0x03, 0xe9])
    await until('nothing left', async () => (await streams(lab)) === 0)
    expect(await countersOf(lab)).toMatchObject({ cut: 1, errors: 0, clientLeft: 0 })
  })

  test('that is cut in the middle of a frame has it finished first', async () => {
    let upstream: Socket | undefined
    const lab = await labWithWebSocket((socket) => (upstream = socket))
    const client = new RawClient(lab.port).send(HANDSHAKE)
    await client.sees('\r\n\r\n')
    const headBytes = client.received.length
    const whole = frame('x'.repeat(1_000), false)
    upstream?.write(whole.subarray(0, 500))
    await until('half a frame', () => client.received.length === headBytes + 500)
    await lab.traffic.cut(PRODUCTION, 12)
    upstream?.write(Buffer.concat([whole.subarray(500), frame('too late', false)]))
    await client.seesEnd()
    expect(client.received.subarray(headBytes)).toEqual(Buffer.concat([whole, CLOSE_1001]))
  })

  test('whose release says no gets that answer as HTTP', async () => {
    const lab = await labWith((_req, res) =>
      res.writeHead(403, { 'X-Why': 'because' }).end('no sockets here'),
    )
    const client = new RawClient(lab.port).send(HANDSHAKE)
    const text = await client.seesEnd()
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden/)
    expect(text).toContain('X-Why: because')
    expect(text).toContain('no sockets here')
  })

  test('whose release is dead gets 502', async () => {
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [1])] })
    expect(await new RawClient(lab.port).send(HANDSHAKE).seesEnd()).toMatch(/^HTTP\/1\.1 502/)
    await until('nothing under way', async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 0)
  })

  test('whose client vanishes leaves nothing at the release', async () => {
    let isClosed = false
    const lab = await labWithWebSocket((socket) => {
      socket.resume()
      socket.on('end', () => (isClosed = true))
    })
    const client = new RawClient(lab.port).send(HANDSHAKE)
    await client.sees('\r\n\r\n')
    client.socket.resetAndDestroy()
    await until('the release is told', () => isClosed)
    await until('nothing left', async () => (await streams(lab)) === 0)
  })
})

describe('any other upgrade', () => {
  test('is passed on as raw bytes, and a side that has said its last still hears', async () => {
    const release = await startRelease('r12')
    release.server.on('upgrade', (_req, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat/1\r\nConnection: Upgrade\r\n\r\n')
      let heard = ''
      socket.on('data', (chunk) => (heard += chunk.toString()))
      socket.on('end', () => socket.end(`you said ${heard}`))
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const client = new RawClient(lab.port).send(
      'GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: upgrade\r\nUpgrade: chat/1\r\n\r\n',
    )
    await client.sees('\r\n\r\n')
    client.socket.end('one two')
    expect(await client.seesEnd()).toMatch(/you said one two$/)
    await until('nothing left', async () => (await streams(lab)) === 0)
  })

  test.each([
    [
      'HTTP/2 in clear text',
      'GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    ],
    [
      'an upgrade with a body',
      'POST / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc',
    ],
  ])('%s is answered as a request without upgrade', async (_, words) => {
    const lab = await labWith((req, res) => {
      req.resume()
      res.end(JSON.stringify(req.rawHeaders))
    })
    const client = new RawClient(lab.port).send(words)
    await client.sees('"]')
    expect(client.text).toMatch(/^HTTP\/1\.1 200/)
    expect(client.text.split('\r\n\r\n')[1]).not.toMatch(/upgrade|http2-settings/i)
  })
})

describe('an event stream', () => {
  async function eventStream() {
    let push: (text: string) => void = () => {}
    const lab = await labWith((req, res) => {
      if (req.url !== '/events') {
        res.end('page')
        return
      }
      res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
      res.flushHeaders()
      push = (text) => void res.write(`data: ${text}\n\n`)
    })
    const client = new RawClient(lab.port).send('GET /events HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await client.sees('\r\n\r\n')
    return { lab, client, push: (text: string) => push(text) }
  }

  test('passes each event on at once and counts as a stream', async () => {
    const { lab, client, push } = await eventStream()
    push('one')
    await client.sees('data: one\n\n')
    push('two')
    await client.sees('data: two\n\n')
    expect(await lab.traffic.inFlight(PRODUCTION, 12)).toEqual({ requests: 0, streams: 1 })
  })

  test('that is cut ends cleanly, and the connection serves on', async () => {
    const { lab, client, push } = await eventStream()
    push('one')
    await client.sees('data: one\n\n')
    await lab.traffic.cut(PRODUCTION, 12)
    await client.sees('\r\n0\r\n\r\n')
    client.send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await client.sees('page')
    expect(await countersOf(lab)).toMatchObject({ cut: 1, errors: 0, clientLeft: 0 })
  })
})

test('a request that is cut before its answer gets our page', async () => {
  const lab = await labWith(() => {})
  const answer = get(lab.port, 'shop.localhost')
  await until('it is under way', async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1)
  await lab.traffic.cut(PRODUCTION, 12)
  expect(await answer).toMatchObject({ status: 503 })
  expect(await lab.traffic.inFlight(PRODUCTION, 12)).toEqual({ requests: 0, streams: 0 })
})

test('frames are followed the same however their bytes are cut up', () => {
  const bytes = Buffer.concat([
    frame('a', true),
    frame('b'.repeat(300), true),
    frame('', false),
    Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    Buffer.alloc(65_536),
  ])
  const ends: number[] = []
  const tracker = new FrameTracker()
  for (let at = 0; at < bytes.length; at++) {
    tracker.follow(bytes.subarray(at, at + 1))
    if (tracker.isBetweenFrames) ends.push(at + 1)
  }
  expect(ends).toEqual([7, 7 + 308, 7 + 308 + 2, bytes.length])
  const atOnce = new FrameTracker()
  atOnce.follow(bytes)
  expect(atOnce.isBetweenFrames).toBe(true)
  expect(atOnce.sawClose).toBe(false)
})
