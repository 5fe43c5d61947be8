// Every version measured apart, over real sockets: what routers count by dimension, and how it comes to the server.
import { expect, test } from 'vitest'
import { createRouterMeasures } from '../../src/adapters/measure-source/router/router-measures.ts'
import { MeasureAnswer } from '../../src/domain/analysis/measures/answer.ts'
import type { Dimension } from '../../src/domain/analysis/measures/measured.ts'
import type { MeasureSource, TakenWindow } from '../../src/ports/measure-source.ts'
import { arm, get, PRODUCTION, startLab, startRelease, systemClock, until } from './router-lab.ts'

const log = { warn: () => undefined }
const customerKey = { from: 'header', name: 'x-customer' } as const
const customer: Dimension = { name: 'customer', attribute: { from: 'customer' } }

function toBeta(id: string) {
  const when = [{ attribute: { from: 'customer' }, test: { op: 'is', value: id } }] as const
  const base = { percent: 100, salt: id, expiresAt: null, reason: 'for a test', by: 'anna', since: 0 }
  return { id, when, to: { track: 'beta' }, ...base }
}

/** Asks as the server does: what it has it does not ask for again. */
function collecting(source: MeasureSource, dimensions: readonly Dimension[]) {
  const after: Record<string, number> = {}
  const taken: TakenWindow[] = []
  return {
    taken,
    again: async () => {
      for (const one of await source.take([{ environment: PRODUCTION, dimensions, after }])) {
        taken.push(one)
        after[one.counter] = one.seq
      }
      return taken
    },
  }
}

function rowsOf(taken: readonly TakenWindow[], byDimension: string | null) {
  const query = { byRelease: true, byTrack: true, byDimension, only: null, release: null }
  const answer = new MeasureAnswer(query)
  for (const { window } of taken) for (const each of window.arms) answer.add(each)
  return answer
    .rows()
    .map(({ release, track, value, requests, errors }) => [release, track, value ?? null, requests, errors])
}

async function twoVersions() {
  const lab = await startLab()
  const [good, bad] = await Promise.all([
    startRelease('22'),
    startRelease('23', (_req, res) => {
      res.statusCode = 500
      res.end()
    }),
  ])
  await lab.apply({
    arms: [arm(22, 100, [good.port]), arm(23, 0, [bad.port])],
    tracks: [{ track: 'beta', shares: [{ release: 23, weightPercent: 100 }] }],
    rules: [toBeta('acme')],
    customerKey,
  })
  const source = createRouterMeasures({ stateDir: lab.stateDir, clock: systemClock, log })
  const ask = (name: string) =>
    get(lab.port, 'shop.localhost', '/', name === '' ? {} : { 'x-customer': name })
  return { lab, source, ask }
}

test('each customer is counted on the version it got, also one with a name beyond ASCII', async () => {
  const { source, ask } = await twoVersions()
  const { again, taken } = collecting(source, [customer])
  await again()
  for (const name of ['acme', 'acme', 'tiny', 'größe', '']) await ask(Buffer.from(name).toString('latin1'))
  await until(
    'five requests are told',
    async () => rowsOf(await again(), null).reduce((n, row) => n + Number(row[3]), 0) === 5,
  )
  expect(rowsOf(taken, null)).toEqual([
    [22, 'stable', null, 3, 0],
    [23, 'beta', null, 2, 2],
  ])
  expect(rowsOf(taken, 'customer')).toEqual(
    expect.arrayContaining([
      [23, 'beta', 'acme', 2, 2],
      [22, 'stable', 'tiny', 1, 0],
      [22, 'stable', 'größe', 1, 0],
      [22, 'stable', '', 1, 0],
    ]),
  )
})

test('what was not confirmed is told again, and what was is not', async () => {
  const { source, ask } = await twoVersions()
  await ask('tiny')
  const asked = { environment: PRODUCTION, dimensions: [] }
  let first: readonly TakenWindow[] = []
  await until(
    'a second is over',
    async () => (first = await source.take([{ ...asked, after: {} }])).length > 0,
  )
  expect(await source.take([{ ...asked, after: {} }])).toEqual(first)
  const after = Object.fromEntries(first.map(({ counter, seq }) => [counter, seq]))
  expect(await source.take([{ ...asked, after }])).toEqual([])
})

test('nothing is told apart until it is asked for, and no longer than it is', async () => {
  const { source, ask } = await twoVersions()
  const plain = collecting(source, [])
  await plain.again()
  await ask('tiny')
  await until('it is told', async () => (await plain.again()).length > 0)
  expect(plain.taken.flatMap(({ window }) => window.arms.flatMap((one) => one.dimensions))).toEqual([])
})

test('an answer that breaks off, or never comes, is an error of the customer it was for', async () => {
  const lab = await startLab()
  const broken = await startRelease('22', (req, res) => {
    if (req.url === '/half') {
      res.writeHead(200, { 'Content-Length': 10 })
      res.write('12345')
      setImmediate(() => res.destroy())
    } else req.socket.destroy()
  })
  await lab.apply({ arms: [arm(22, 100, [broken.port])], customerKey })
  const { again, taken } = collecting(
    createRouterMeasures({ stateDir: lab.stateDir, clock: systemClock, log }),
    [customer],
  )
  await again()
  await get(lab.port, 'shop.localhost', '/half', { 'x-customer': 'acme' }).catch(() => undefined)
  await get(lab.port, 'shop.localhost', '/none', { 'x-customer': 'acme' }).catch(() => undefined)
  await until('both are told', async () => rowsOf(await again(), null).some((row) => row[4] === 2))
  expect(rowsOf(taken, 'customer')).toEqual([[22, 'stable', 'acme', 2, 2]])
})
