import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openAccessFile } from '../../src/main/access-file.ts'
import { createAccessLog } from '../../src/router/access-log.ts'
import { trustedProxies } from '../../src/router/trusted-proxies.ts'
import { arm, get, RawClient, startLab, startRaw, startRelease, until } from './router-lab.ts'

async function noting(share: number) {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line))
  const now = () => Date.UTC(2026, 10, 21, 9, 5, 7, 42)
  const lab = await startLab({ access: createAccessLog({ write, share, now }) })
  return { lab, lines }
}

describe('the access log', () => {
  test('tells who asked whom for what, and how it ended', async () => {
    const { lab, lines } = await noting(1)
    const release = await startRelease('r12', (_req, res) => res.writeHead(201).end('made'))
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await get(lab.port, 'shop.localhost', '/a"b?token=secret', { traceparent })
    expect(lines).toEqual([
      {
        at: '2026-11-21T09:05:07.042Z',
        client: '127.0.0.1',
        service: 'shop',
        stage: 'production',
        release: 12,
        method: 'GET',
        host: 'shop.localhost',
        path: '/a"b',
        traceparent,
        status: 201,
        end: 'complete',
        ms: expect.any(Number),
        bytes: 4,
      },
    ])
  })

  test('of a share of 10 % has one of ten that went well, says so, and has all that went wrong', async () => {
    const { lab, lines } = await noting(0.1)
    const release = await startRelease('r12', (req, res) => {
      res.writeHead(req.url === '/bad' ? 500 : 200).end('x')
    })
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    for (let n = 0; n < 40; n += 1) await get(lab.port, 'shop.localhost', '/')
    for (let n = 0; n < 5; n += 1) await get(lab.port, 'shop.localhost', '/bad')
    expect(lines.filter((line) => line['status'] === 200)).toHaveLength(4)
    expect(lines.filter((line) => line['status'] === 200).every((line) => line['share'] === 0.1)).toBe(true)
    expect(lines.filter((line) => line['status'] === 500)).toHaveLength(5)
  })

  test('tells of answers that broke off, of our own pages with their id, and of what was refused', async () => {
    const { lab, lines } = await noting(1)
    const breaks = await startRaw((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    })
    await lab.apply({ arms: [arm(12, 100, [breaks.port])] })
    await new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n').seesEnd()
    await lab.apply({ arms: [arm(12, 100, [1])] })
    const page = await get(lab.port, 'shop.localhost', '/', { Accept: 'application/json' })
    await get(lab.port, 'nosuch.localhost')
    await new RawClient(lab.port).send('GET / HTTP/3.0\r\n\r\n').seesEnd()
    await until('four lines', () => lines.length === 4)
    expect(lines.map((line) => [line['status'], line['end'], line['bytes']])).toEqual([
      [200, 'broken-off', 4],
      [502, 'page', 0],
      [404, 'page', 0],
      [505, 'page', 0],
    ])
    expect(lines[1]?.['id']).toBe(JSON.parse(page.body).id)
  })
})

test('an access log that has grown large is put aside and goes on in a new file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'access-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'logs', 'access.log')
  const file = openAccessFile(
    path,
    (error) => {
      throw error
    },
    1_000,
  )
  onTestFinished(() => file.close())
  const sizeOf = (name: string) => {
    try {
      return readFileSync(name, 'utf8').length
    } catch {
      return 0
    }
  }
  file.write(`${'x'.repeat(2_000)}\n`)
  await until('the large file is put aside', () => sizeOf(`${path}.1`) === 2_001)
  file.write('next\n')
  await until('the new file is written', () => sizeOf(path) === 5)
})

describe('trusted proxies', () => {
  test('are addresses and networks of either version', () => {
    const trusts = trustedProxies(['10.0.0.0/8', '192.168.1.7', 'fd00::/8'])
    expect(['10.255.0.1', '192.168.1.7', 'fd12::1'].map(trusts)).toEqual([true, true, true])
    expect(['11.0.0.1', '192.168.1.8', 'fe80::1', 'unknown'].map(trusts)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })

  test.each(['10.0.0.0/33', 'ten', '10.0.0.0/', '10.0.0.0/8/8', ''])('%j is no network', (entry) => {
    expect(() => trustedProxies([entry])).toThrow('is neither an address nor a network')
  })
})
