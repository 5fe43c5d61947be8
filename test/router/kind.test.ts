import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { arm, countersOf, get, RawClient, startLab, startRelease, systemClock, until } from './router-lab.ts'

const ask = (port: number) =>
  new RawClient(port).send('GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n')

/** An instance that answers when it is told to. */
async function startHeld() {
  const held: ServerResponse[] = []
  const release = await startRelease('held', (req, res) => {
    req.resume()
    held.push(res)
  })
  return { ...release, held, answer: () => held.shift()?.end('held') }
}

describe('an instance that may be given two requests at once', () => {
  const concurrency = { perInstance: 2, waiting: 3, waitMs: 10_000 }

  test('is given two, others wait in the order they came, and who finds the queue full is told to come again', async () => {
    const release = await startHeld()
    const lab = await startLab()
    await lab.apply({ concurrency, arms: [arm(12, 100, [release.port])] })
    const clients: RawClient[] = []
    for (let n = 0; n < 5; n += 1) {
      clients.push(ask(lab.port))
      await until(
        'it is under way',
        async () =>
          (await lab.traffic.inFlight({ service: 'shop', stage: 'production' }, 12)).requests === n + 1,
      )
    }
    const refused = await get(lab.port, 'shop.localhost')
    expect(refused).toMatchObject({ status: 503 })
    expect(refused.head).toMatch(/Retry-After: 1\r\n/)
    expect(refused.head).toContain('router/too-busy')
    expect(release.held).toHaveLength(2)
    for (const client of clients) {
      await until('it was given to the instance', () => release.held.length > 0)
      expect(release.held.length).toBeLessThanOrEqual(2)
      release.answer()
      expect(await client.seesEnd()).toContain('200 OK')
    }
    expect(await countersOf(lab)).toMatchObject({ requests: 6, errors: 1, noUpstream: 0 })
  })

  test('leaves nobody waiting for longer than it says', async () => {
    const release = await startHeld()
    const lab = await startLab()
    await lab.apply({
      concurrency: { perInstance: 1, waiting: 3, waitMs: 80 },
      arms: [arm(12, 100, [release.port])],
    })
    const first = ask(lab.port)
    await until('the first is under way', () => release.held.length === 1)
    expect((await get(lab.port, 'shop.localhost')).status).toBe(503)
    release.answer()
    expect(await first.seesEnd()).toContain('200 OK')
    expect(release.held).toHaveLength(0)
  })

  test('is not given what a client who left had asked for', async () => {
    const release = await startHeld()
    const lab = await startLab()
    await lab.apply({ concurrency: { ...concurrency, perInstance: 1 }, arms: [arm(12, 100, [release.port])] })
    const inFlight = async () =>
      (await lab.traffic.inFlight({ service: 'shop', stage: 'production' }, 12)).requests
    const first = ask(lab.port)
    await until('the first is under way', () => release.held.length === 1)
    const second = ask(lab.port)
    await until('the second waits', async () => (await inFlight()) === 2)
    second.socket.destroy()
    await until('it has left', async () => (await inFlight()) === 1)
    release.answer()
    await first.seesEnd()
    const third = ask(lab.port)
    await until('the third is under way', () => release.held.length === 1)
    release.answer()
    expect(await third.seesEnd()).toContain('200 OK')
  })

  test('sends the next one where there is room, also after another plan', async () => {
    const [one, other] = [await startHeld(), await startRelease('other')]
    const lab = await startLab()
    const narrow = { ...concurrency, perInstance: 1 }
    await lab.apply({ concurrency: narrow, arms: [arm(12, 100, [one.port])] })
    const first = ask(lab.port)
    await until('the first is under way', () => one.held.length === 1)
    const second = ask(lab.port)
    await until(
      'the second waits',
      async () => (await lab.traffic.inFlight({ service: 'shop', stage: 'production' }, 12)).requests === 2,
    )
    await lab.apply({ concurrency: narrow, arms: [arm(12, 100, [one.port, other.port])] })
    expect((await get(lab.port, 'shop.localhost')).body).toBe('other')
    one.answer()
    await until('the second is under way', () => one.held.length === 1)
    one.answer()
    expect(await first.seesEnd()).toContain('held')
    expect(await second.seesEnd()).toContain('held')
  })
})

describe('an instance that answers with errors', () => {
  const broken = () => startRelease('broken', (_req, res) => void res.writeHead(500).end('broken'))
  const REST = /fails far more often than the others/

  async function statuses(port: number, count: number): Promise<readonly number[]> {
    const all: number[] = []
    for (let n = 0; n < count; n += 1) all.push((await get(port, 'shop.localhost')).status)
    return all
  }

  test('rests while the others of its release do well, and is tried again later', async () => {
    const [good, fine, bad] = [await startRelease('good'), await startRelease('fine'), await broken()]
    let hasten = 1
    const clock = {
      ...systemClock,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms >= 10_000 ? ms / hasten : ms, signal),
    }
    hasten = 50
    const lab = await startLab({ clock })
    await lab.apply({ arms: [arm(12, 100, [good.port, fine.port, bad.port])] })
    await until('it rests', async () => {
      await get(lab.port, 'shop.localhost')
      return lab.log.some(({ sentence }) => REST.test(sentence))
    })
    expect(new Set(await statuses(lab.port, 12))).toEqual(new Set([200]))
    await until('it is tried again', async () => (await get(lab.port, 'shop.localhost')).status === 500)
  })

  test('goes on when all of them do so: that is the release, and the judge has to see it', async () => {
    const all = [await broken(), await broken(), await broken()]
    const lab = await startLab()
    await lab.apply({
      arms: [
        arm(
          12,
          100,
          all.map(({ port }) => port),
        ),
      ],
    })
    expect(new Set(await statuses(lab.port, 60))).toEqual(new Set([500]))
    expect(lab.log.some(({ sentence }) => REST.test(sentence))).toBe(false)
    expect((await countersOf(lab))?.boxes?.map(({ requests }) => requests)).toEqual([20, 20, 20])
  })

  test('goes on when it is the only one, however bad', async () => {
    const [bad, good] = [await broken(), await startRelease('r11')]
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 50, [bad.port]), arm(11, 50, [good.port])] })
    await statuses(lab.port, 40)
    expect(lab.log.some(({ sentence }) => REST.test(sentence))).toBe(false)
  })

  test('rests only where half of the release still works', async () => {
    const all = [await startRelease('good'), await broken(), await broken(), await broken()]
    const lab = await startLab()
    await lab.apply({
      arms: [
        arm(
          12,
          100,
          all.map(({ port }) => port),
        ),
      ],
    })
    await statuses(lab.port, 80)
    expect(lab.log.filter(({ sentence }) => REST.test(sentence)).length).toBeLessThanOrEqual(2)
  })
})
