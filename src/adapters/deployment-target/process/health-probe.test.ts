import { createServer as createHttp2 } from 'node:http2'
import { createServer as createHttp1 } from 'node:http'
import type { Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { probeHealth } from './health-probe.ts'

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const probe = (port: number, path: string) =>
  probeHealth({ host: '127.0.0.1', port, path, protocol: 'h2c' }, AbortSignal.timeout(5_000))

test('an instance of HTTP/2 alone is asked in HTTP/2', async () => {
  const server = createHttp2((req, res) => void res.writeHead(req.url === '/healthz' ? 204 : 500).end())
  const port = await listening(server)
  expect(await probe(port, '/healthz')).toMatchObject({ isWell: true })
  expect(await probe(port, '/broken')).toEqual({
    isWell: false,
    wasReached: true,
    words: 'GET /broken answered 500',
  })
})

test('one that does not speak it is not well, and it is told why', async () => {
  const port = await listening(createHttp1((_req, res) => void res.end('fine')))
  const { isWell, words } = await probe(port, '/healthz')
  expect(isWell).toBe(false)
  expect(words).toMatch(/^GET \/healthz in HTTP\/2 got no answer: ./)
})
