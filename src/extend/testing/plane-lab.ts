// Instances and clients for asking a data plane with real requests; everything is cleaned up when the test has finished.
import { createServer, request } from 'node:http'
import type { Agent, IncomingHttpHeaders, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { PlanArm } from '../../domain/traffic/plan.ts'

export async function armOf(
  release: number,
  weightPercent: number,
  listener?: RequestListener,
): Promise<PlanArm> {
  const { at } = await startInstance((req, res) => {
    res.setHeader('x-release', release)
    if (listener === undefined) res.end()
    else listener(req, res)
  })
  return { release, weightPercent, instances: [{ ...at, id: `r${release}` }] }
}

/** An instance that answers when it is told to. */
export async function holding() {
  const held: (() => void)[] = []
  const { at } = await startInstance((_req, res) => {
    const answer = () => void res.end('held')
    held.push(answer)
    res.on('close', () => held.includes(answer) && held.splice(held.indexOf(answer), 1))
  })
  return {
    arm: (release: number): PlanArm => ({ release, weightPercent: 100, instances: [at] }),
    count: () => held.length,
    answer: () => held.shift()?.(),
  }
}

export async function startInstance(listener: RequestListener) {
  const server = createServer(listener)
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { server, at: { id: 'a', host: '127.0.0.1', port } }
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** As the instance itself says it. */
  readonly release: number
}

export function ask(
  port: number,
  headers: Record<string, string> = {},
  path = '/',
  how: { readonly agent?: Agent; readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { agent = false, method = 'GET', body } = how
    const asked = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent,
      headers: { host: 'shop.localhost', ...headers },
    })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      let text = ''
      answer.setEncoding('latin1')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: text,
          release: Number(answer.headers['x-release'] ?? 0),
        }),
      )
    })
    asked.end(body)
  })
}

export async function releaseOf(port: number, headers: Record<string, string>, path = '/'): Promise<number> {
  return (await ask(port, headers, path)).release
}
