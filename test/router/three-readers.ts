// Three readers of the same bytes: Node's own parser, HAProxy, and the router. Each is asked what requests it saw; of
// the two proxies that is what arrives behind them.
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { arm, deadPort, startLab, stateFolder, systemClock, until } from './router-lab.ts'

export type Seen = { readonly method: string; readonly path: string; readonly body: string }
export type Reading = { readonly seen: readonly Seen[]; readonly answers: string }
export type Reader = (text: string) => Promise<Reading>

/** Sent behind every input: who lost count of the bytes swallows it, or finds something before it. */
export const SENTINEL = 'GET /sentinel HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n'
const WAIT_MS = 400

export function haproxyIsMissing(): boolean {
  const missing = spawnSync('haproxy', ['-v']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('haproxy is not installed; this test needs it')
  return missing
}

/** Notes whole requests by the address of whoever sent them: every conversation has an address of its own. */
async function startRecorder(
  addressOf: (req: IncomingMessage) => unknown,
): Promise<{ readonly port: number; take(address: string): readonly Seen[] }> {
  const all = new Map<string, Seen[]>()
  const note = (req: IncomingMessage, answer: () => void) => {
    const key = String(addressOf(req))
    let body = ''
    req.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
    req.on('end', () => {
      const list = all.get(key) ?? []
      all.set(key, list)
      list.push({ method: req.method ?? '', path: originForm(req.url ?? ''), body })
      answer()
    })
    req.on('error', () => {})
  }
  const server = createServer({ keepAliveTimeout: 5_000, insecureHTTPParser: false }, (req, res) =>
    note(req, () => res.end('ok')),
  )
  server.on('upgrade', (req, socket) => {
    socket.on('error', () => socket.destroy())
    note(req, () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'))
  })
  server.on('checkContinue', (req, res) => note(req, () => res.end('ok')))
  server.on('checkExpectation', (req, res) => note(req, () => res.end('ok')))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    port,
    take: (key) => {
      const seen = all.get(key) ?? []
      all.delete(key)
      return seen
    },
  }
}

/** An absolute target and its origin form are the same request. */
function originForm(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?]*/i, '')
  return path === '' || path.startsWith('?') ? `/${path}` : path
}

export async function startNodeReader(): Promise<Reader> {
  const { port, take } = await startRecorder((req) => req.socket.remoteAddress)
  return readerOf(port, take, { saysItIsDone: true })
}

export async function startRouterReader(
  how: { readonly inPieces: boolean } = { inPieces: false },
): Promise<Reader> {
  const { port, take } = await startRecorder((req) => req.headers['x-forwarded-for'])
  const limits = {
    clientHeadMsMax: WAIT_MS,
    clientIdleMsMax: WAIT_MS,
    clientKeepAliveMs: WAIT_MS,
    lingerMsMax: WAIT_MS,
  }
  // Any host leads to the only service there is.
  const lab = await startLab({ limits, hosts: { suffix: 'nowhere.invalid', mappings: [] } })
  await lab.apply({ arms: [arm(12, 100, [port])] })
  return readerOf(lab.port, take, how)
}

export async function startHaproxyReader(): Promise<Reader> {
  const recorder = await startRecorder((req) => req.headers['x-case'])
  const folder = await stateFolder()
  const port = await deadPort()
  const config = `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout client ${WAIT_MS}ms
  timeout http-request ${WAIT_MS}ms
  timeout http-keep-alive ${WAIT_MS}ms
  timeout server 5s
  timeout connect 5s
frontend front
  bind 127.0.0.1:${port}
  http-request set-header X-Case %[src]
  default_backend recorder
backend recorder
  http-reuse never
  server one 127.0.0.1:${recorder.port}
`
  writeFileSync(join(folder, 'haproxy.cfg'), config)
  const haproxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  onTestFinished(() => void haproxy.kill('SIGKILL'))
  await until('HAProxy answers', () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  )
  return readerOf(port, recorder.take, {})
}

let conversations = 0

type Manner = {
  /** Ends its side after the last byte. */
  readonly saysItIsDone?: boolean
  /** Sends a few bytes at a time. */
  readonly inPieces?: boolean
}

function readerOf(port: number, take: (address: string) => readonly Seen[], manner: Manner): Reader {
  return async (text) => {
    conversations += 1
    const localAddress = `127.${1 + (conversations >> 16)}.${(conversations >> 8) & 255}.${conversations & 255}`
    const answers = await converse({ port, localAddress, text: text + SENTINEL, ...manner })
    return { seen: take(localAddress), answers }
  }
}

/** Listens until the other side has closed. */
function converse(
  talk: Manner & { readonly port: number; readonly localAddress: string; readonly text: string },
): Promise<string> {
  const { port, localAddress, text, saysItIsDone = false, inPieces = false } = talk
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true, noDelay: true })
    let answers = ''
    const say = (from: number) => {
      const to = inPieces ? from + 1 + (from % 7) : text.length
      if (socket.writable) socket.write(Buffer.from(text.slice(from, to), 'latin1'))
      if (to < text.length) setTimeout(() => say(to), 1)
      else if (saysItIsDone) socket.end()
    }
    socket.on('connect', () => say(0))
    socket.on('data', (chunk) => (answers += chunk.toString('latin1')))
    socket.on('end', () => socket.end())
    socket.on('error', () => {})
    // What was passed on just before may still be on its way to the recorder.
    socket.on('close', () => void systemClock.sleep(10).then(() => resolve(answers)))
  })
}
