import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { countersOf, labWith, PRODUCTION, RawClient, until } from './router-lab.ts'

describe('large bodies', () => {
  const BYTES = 64 * 1024 * 1024

  test('64 MB up and down at once arrive unchanged, and a slow reader slows the writer', async () => {
    const { port } = await labWith((req, res) => void req.pipe(res))
    const sent = createHash('sha256')
    const got = createHash('sha256')
    const asked = request({ port, host: '127.0.0.1', method: 'POST', headers: { Host: 'shop.localhost' } })
    const piece = randomBytes(256 * 1024)
    let gotBytes = 0
    const answered = new Promise<void>((resolve, reject) => {
      asked.on('error', reject)
      asked.on('response', (answer) => {
        answer.on('data', (chunk: Buffer) => {
          got.update(chunk)
          gotBytes += chunk.length
        })
        answer.on('end', resolve)
      })
    })
    for (let bytes = 0; bytes < BYTES; bytes += piece.length) {
      sent.update(piece)
      if (!asked.write(piece)) await once(asked, 'drain')
    }
    asked.end()
    await answered
    expect(gotBytes).toBe(BYTES)
    expect(got.digest('hex')).toBe(sent.digest('hex'))
  })

  test('a client that does not read stops the release from writing', async () => {
    let writtenBytes = 0
    const { port } = await labWith((_req, res) => {
      const piece = Buffer.alloc(64 * 1024)
      const write = () => {
        while (writtenBytes < BYTES) {
          writtenBytes += piece.length
          if (!res.write(piece)) {
            res.once('drain', write)
            return
          }
        }
        res.end()
      }
      write()
    })
    const client = new RawClient(port)
    client.socket.pause()
    client.send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    let before = -1
    await until('the release stands still', async () => {
      const stands = writtenBytes > 0 && writtenBytes === before
      before = writtenBytes
      await new Promise((resolve) => setTimeout(resolve, 200))
      return stands && writtenBytes === before
    })
    expect(writtenBytes).toBeLessThan(BYTES / 2)
  })
})

describe('a client that leaves', () => {
  test('ends its request at the release, and is no error of the release', async () => {
    let hasEnded = false
    const lab = await labWith((req) => void req.on('close', () => (hasEnded = true)))
    const client = new RawClient(lab.port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await until(
      'the request is under way',
      async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1,
    )
    client.socket.destroy()
    await until('the release is told', () => hasEnded)
    await until(
      'nothing is under way',
      async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 0,
    )
    expect(await countersOf(lab)).toMatchObject({ requests: 0, errors: 0, clientLeft: 1 })
  })

  test('in the middle of an upload ends it there', async () => {
    let hasEnded = false
    const lab = await labWith((req) => {
      req.resume()
      req.on('close', () => (hasEnded = true))
    })
    const client = new RawClient(lab.port).send(
      'POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 100000\r\n\r\nabc',
    )
    await until(
      'the request is under way',
      async () => (await lab.traffic.inFlight(PRODUCTION, 12)).requests === 1,
    )
    client.socket.destroy()
    await until('the release is told', () => hasEnded)
  })
})
