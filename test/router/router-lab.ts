// Routers, releases and clients for tests: real sockets, everything cleaned up when the test has finished.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createBuiltInRouter } from '../../src/adapters/traffic-router/built-in/built-in-router.ts'
import { createRouterAdmin } from '../../src/api/router-admin/router-admin.ts'
import type { ArmCounters } from '../../src/api/router-admin/wire.ts'
import type { Environment } from '../../src/domain/names.ts'
import type { EnvironmentPlan, PlanArm } from '../../src/domain/traffic/plan.ts'
import type { Call } from '../../src/ports/call.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { TrafficRouter } from '../../src/ports/traffic-router.ts'
import { createRouter } from '../../src/router/create-router.ts'
import type { Router, RouterOptions } from '../../src/router/create-router.ts'

export const PRODUCTION: Environment = { service: 'shop', stage: 'production' }
export const STAGING: Environment = { service: 'shop', stage: 'staging' }

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(end, ms)
      function end() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      signal?.addEventListener('abort', end)
    }),
}

export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 45_000,
): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await systemClock.sleep(5)
  }
}

export async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'router-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export type LogLine = {
  readonly level: string
  readonly sentence: string
  readonly fields: Record<string, unknown>
}

export type Lab = {
  readonly router: Router
  readonly port: number
  readonly stateDir: string
  readonly traffic: TrafficRouter
  readonly log: readonly LogLine[]
  /** Puts the next generation of an environment in force. */
  apply(plan: Partial<EnvironmentPlan> & { readonly arms: readonly PlanArm[] }): Promise<EnvironmentPlan>
}

/** A router in this process, with an adapter that speaks to it. */
export async function startLab(options: Partial<RouterOptions> = {}): Promise<Lab> {
  const stateDir = options.stateDir ?? (await stateFolder())
  const log: LogLine[] = []
  const write = (level: string) => (fields: Record<string, unknown>, sentence: string) =>
    void log.push({ level, sentence, fields })
  const router = await createRouter({
    host: '127.0.0.1',
    ports: [0],
    hosts: { suffix: 'localhost', mappings: [] },
    clock: systemClock,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    pid: process.pid,
    ...options,
    stateDir,
    limits: { stopQuietMs: 10, stopMsMax: 500, ...options.limits },
  })
  onTestFinished(() => router.stop())
  const traffic = createBuiltInRouter({ stateDir, clock: systemClock })
  return { router, port: router.ports[0] ?? 0, stateDir, traffic, log, apply: planner(traffic) }
}

export function planner(traffic: TrafficRouter): Lab['apply'] {
  let generation = 0
  return async (changes) => {
    generation += 1
    const plan = { ...somePlan(changes.arms), generation, ...changes }
    await traffic.apply(plan, call(generation))
    return plan
  }
}

export function somePlan(arms: readonly PlanArm[]): EnvironmentPlan {
  return {
    environment: PRODUCTION,
    generation: 1,
    salt: 'shop-production',
    userKey: null,
    drainMs: 1_000,
    healthPath: null,
    isLast: true,
    arms,
  }
}

export function call(fence: number): Call {
  return { key: `test-${fence}`, fence, signal: AbortSignal.timeout(20_000) }
}

export function arm(release: number, weightPercent: number, ports: readonly number[]): PlanArm {
  const instances = ports.map((port, at) => ({ id: `r${release}-${at}`, host: '127.0.0.1', port }))
  return { release, weightPercent, instances }
}

export type Release = { readonly port: number; readonly server: Server; stop(): Promise<void> }

/** An instance of a release. Says its name unless told otherwise. */
export async function startRelease(name: string, listener?: RequestListener, port = 0): Promise<Release> {
  const server = createServer(listener ?? ((_req, res) => res.end(name)))
  const sockets = new Set<net.Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const stop = async () => {
    // Upgraded ones as well, of which the server knows nothing any more.
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(stop)
  return { port: await listen(server, port), server, stop }
}

/** A server that does as it likes with its sockets. */
export async function startRaw(
  onConnection: (socket: net.Socket) => void,
): Promise<{ readonly port: number }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: await listen(server, 0) }
}

async function listen(server: net.Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A port nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = net.createServer()
  const port = await listen(server, 0)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A client that writes bytes and keeps what comes back. */
export class RawClient {
  readonly socket: net.Socket
  received = Buffer.alloc(0)
  hasEnded = false
  isClosed = false

  constructor(port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.socket.on('end', () => {
      this.hasEnded = true
    })
    this.socket.on('close', () => {
      this.isClosed = true
    })
    this.socket.on('error', () => {})
    onTestFinished(() => void this.socket.destroy())
  }

  get text(): string {
    return this.received.toString('latin1')
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    return this
  }

  async sees(text: string): Promise<string> {
    await until(`"${text}" in ${JSON.stringify(this.text)}`, () => this.text.includes(text))
    return this.text
  }

  async seesEnd(): Promise<string> {
    await until(
      `an end after ${JSON.stringify(this.text.slice(0, 300))}`,
      () => this.hasEnded || this.isClosed,
    )
    return this.text
  }
}

/** One raw request on a connection of its own; the answer with head and body. */
export function rawRequest(port: number, text: string): Promise<string> {
  return new RawClient(port).send(text).seesEnd()
}

/** A GET with a Host of its own, which fetch would not allow. */
export async function get(
  port: number,
  host: string,
  path = '/',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly head: string; readonly body: string }> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = await rawRequest(
    port,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${lines.join('')}\r\n`,
  )
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const body = /transfer-encoding: chunked/i.test(head)
    ? unchunked(rest.join('\r\n\r\n'))
    : rest.join('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body }
}

export function unchunked(text: string): string {
  let rest = text
  let body = ''
  for (;;) {
    const line = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, line), 16)
    if (!(size > 0)) return body
    body += rest.slice(line + 2, line + 2 + size)
    rest = rest.slice(line + 4 + size)
  }
}

export type RouterProcessUnderTest = {
  readonly child: ChildProcess
  readonly pid: number
  exited(): Promise<number | null>
}

/** A router process of its own, as an operator would start it. Resolves when it says it is ready. */
export async function startRouterProcess(stateDir: string, port: number): Promise<RouterProcessUnderTest> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../src/main/route.ts'), '--state', stateDir, '--port', String(port)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  let code: number | null | undefined
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.on('exit', (exitCode) => {
    code = exitCode
  })
  const exited = async () => {
    await until('the router process ends', () => code !== undefined, 40_000)
    return code ?? null
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited()
  })
  await until(
    `ready line in ${JSON.stringify(output)}`,
    () => output.includes('router ready') || code !== undefined,
  )
  if (code !== undefined) throw new Error(`the router process ended with ${code}: ${output}`)
  return { child, pid: child.pid ?? 0, exited }
}

/** A lab whose release 12 answers as the listener says. */
export async function labWith(listener: RequestListener): Promise<Lab> {
  const release = await startRelease('r12', listener)
  const lab = await startLab()
  await lab.apply({ arms: [arm(12, 100, [release.port])] })
  return lab
}

/** Answers with what arrived. */
export const echoHead: RequestListener = (req, res) => {
  req.resume()
  req.on('end', () => res.end(JSON.stringify({ method: req.method, url: req.url, raw: req.rawHeaders })))
}

/** What the lab's router counted for one release, all of it. */
export async function countersOf(lab: Pick<Lab, 'stateDir'>, release = 12): Promise<ArmCounters | undefined> {
  const deadline = () => AbortSignal.timeout(5_000)
  const admin = createRouterAdmin({
    stateDir: lab.stateDir,
    deadline,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  })
  const [answer] = await admin.everyone((router) => admin.counters(router, PRODUCTION))
  return answer?.arms.find((each) => each.release === release)
}
