import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createPortPool, isFree } from './port-pool.ts'

// Away from the range that targets use, and from the one the kernel takes outgoing ports from.
const range = { from: 19_500, to: 19_509 }

async function occupied<T>(port: number, host: string, act: () => Promise<T>): Promise<T> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  try {
    return await act()
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a port is never given twice, also when many ask at once', async () => {
  const pool = createPortPool(range, 3)
  const given = await Promise.all(Array.from({ length: 10 }, () => pool.take(null)))
  expect(new Set(given).size).toBe(10)
  await expect(pool.take(null)).rejects.toMatchObject({ code: 'target/no-free-port', again: 'retry' })
  pool.release(given[4]!)
  expect(await pool.take(null)).toBe(given[4])
})

test('the wanted port is given while it is free, and another when it is not', async () => {
  const pool = createPortPool(range, 0)
  expect(await pool.take(19_507)).toBe(19_507)
  expect(await pool.take(19_507)).not.toBe(19_507)
  expect(await pool.take(80)).toBeGreaterThanOrEqual(range.from)
})

test.each(['127.0.0.1', '0.0.0.0', '::'])(
  'a port that somebody listens on at %s is not free',
  async (host) => {
    await occupied(19_512, host, async () => {
      expect(await isFree(19_512)).toBe(false)
    })
    expect(await isFree(19_512)).toBe(true)
  },
)

test('a port that was found in use by an instance is kept for it', async () => {
  const pool = createPortPool({ from: 19_520, to: 19_521 }, 0)
  pool.keep(19_520)
  expect(await pool.take(null)).toBe(19_521)
})
