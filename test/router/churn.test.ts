// Everything at once: instances that are slow, break off, hang up and come and go, clients that leave at any moment,
// plans that change meanwhile. CHURN_SECONDS asks for more.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { randomFrom } from './hostile-requests.ts'
import { arm, PRODUCTION, startLab, startRelease, systemClock, until } from './router-lab.ts'

const SECONDS = Number(process.env['CHURN_SECONDS'] ?? 6)
const HOST = 'Host: shop.localhost\r\n'
const LARGE = Buffer.alloc(300_000, 'x')

/** The path says how the release behaves. */
function behave(req: IncomingMessage, res: ServerResponse): void {
  req.on('error', () => {})
  res.on('error', () => {})
  const [, way] = /^\/(\w+)/.exec(req.url ?? '') ?? []
  const answer = () => {
    if (way === 'slow') setTimeout(() => res.end('slow answer'), 30)
    else if (way === 'large') res.end(LARGE)
    else if (way === 'chunks') {
      res.write('one ')
      setImmediate(() => res.end('two'))
    } else if (way === 'breaks') {
      res.writeHead(200, { 'Content-Length': 100 })
      res.write('half', () => req.socket.destroy())
    } else if (way === 'hangs') req.socket.destroy()
    else if (way === 'events') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      res.write('data: 1\n\n')
      setTimeout(() => res.end(), 40)
    } else if (way === 'refuses') res.writeHead(413).end('no')
    else res.end('plain answer')
  }
  if (way === 'refuses') answer()
  else {
    req.resume()
    req.on('end', answer)
  }
}

const WAYS = [
  'plain',
  'plain',
  'slow',
  'large',
  'chunks',
  'breaks',
  'hangs',
  'events',
  'refuses',
  'app-0a1b2c3d.js',
]
/** Those whose answer must be whole whatever else goes on. */
const EXPECTED: Readonly<Record<string, string>> = {
  plain: 'plain answer',
  slow: 'slow answer',
  chunks: '4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n',
}

type Tally = { whole: number; wrong: string[] }

/** One connection: a request or some in one piece, which may be left at any moment. */
function client(port: number, random: () => number, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const way = WAYS[Math.floor(random() * WAYS.length)] ?? ''
    const upload = random() < 0.4 ? Math.floor(random() * 200_000) : 0
    const leavesAfterMs = random() < 0.3 ? random() * 40 : undefined
    const head =
      upload > 0
        ? `POST /${way} HTTP/1.1\r\n${HOST}Content-Length: ${upload}\r\n`
        : `GET /${way} HTTP/1.1\r\n${HOST}`
    const socket = connect({ port, host: '127.0.0.1' })
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => {
      const expected = EXPECTED[way]
      if (leavesAfterMs === undefined && expected !== undefined) {
        if (text.startsWith('HTTP/1.1 200') && text.endsWith(expected)) tally.whole += 1
        else tally.wrong.push(`${way} ${upload}: ${text.slice(0, 300)} … ${text.slice(-40)}`)
      }
      resolve()
    })
    if (random() < 0.2) socket.write(`GET /plain HTTP/1.1\r\n${HOST}\r\n`)
    socket.write(`${head}Connection: close\r\n\r\n`)
    if (upload > 0) socket.write(LARGE.subarray(0, upload))
    if (leavesAfterMs !== undefined) {
      setTimeout(() => (random() < 0.5 ? socket.destroy() : socket.resetAndDestroy()), leavesAfterMs)
    }
  })
}

test('in all this nothing is left under way, and whoever stays gets the whole answer', async () => {
  const lab = await startLab({ limits: { upstreamHeadMsMax: 5_000, lingerMsMax: 1_000 } })
  const random = randomFrom(5)
  const tally: Tally = { whole: 0, wrong: [] }
  let newest = 12
  let running = [await startRelease('r', behave), await startRelease('r', behave)]
  const apply = () => {
    const ports = running.map((each) => each.port)
    return lab.apply({ arms: [arm(newest, 60, ports), arm(newest - 1, 40, ports)] })
  }
  await apply()
  let isOver = false
  const lanes = Array.from({ length: 24 }, async () => {
    while (!isOver) await client(lab.port, random, tally)
  })
  const endMs = performance.now() + SECONDS * 1_000
  while (performance.now() < endMs) {
    await systemClock.sleep(150)
    const [oldest, ...others] = running
    running = [...others, await startRelease('r', behave)]
    newest += 1
    await apply()
    // Its requests end before it does; only then may it go.
    const left = newest - 2
    await until('drained', async () => (await lab.traffic.inFlight(PRODUCTION, left)).requests === 0)
    setTimeout(() => void oldest?.stop(), 1_000)
  }
  isOver = true
  await Promise.all(lanes)
  for (let release = 11; release <= newest; release += 1) {
    await until(`nothing left of ${release}`, async () => {
      const { requests, streams } = await lab.traffic.inFlight(PRODUCTION, release)
      return requests === 0 && streams === 0
    })
  }
  expect(tally.wrong).toEqual([])
  expect(tally.whole).toBeGreaterThan(50)
})
