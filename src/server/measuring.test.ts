import { expect, test } from 'vitest'
import { testServers } from '../../test/fakes/running-server.ts'
import { exampleArms } from '../extend/contracts/measure-store.contract.ts'
import { measuresViewSchema } from '../api/measures.ts'

const start = testServers()
const PATH = '/api/services/shop/stages/production/measures?from=0'

async function asked(query: string) {
  const { url, control } = await start()
  control.measures.arms = [...exampleArms(3)]
  const answer = await fetch(`${url}${PATH}&${query}`)
  expect(answer.status).toBe(200)
  return measuresViewSchema.parse(await answer.json())
}

test('the error rate per version, for one customer', async () => {
  const { rows } = await asked('by=release&only=customer:acme')
  expect(rows).toMatchObject([{ name: '#24', requests: 6, errors: 3, errorRate: 0.5, missedMax: 0 }])
  expect(rows[0]?.p50Ms).toBeGreaterThan(0)
})

test('by track and customer, and of one track alone', async () => {
  const all = await asked('by=track,customer')
  expect(all.by).toEqual(['track', 'customer'])
  expect(all.rows.map(({ track, value, requests }) => [track, value, requests])).toEqual([
    ['stable', 'huge', 9],
    ['stable', 'tiny', 6],
    ['beta', 'acme', 6],
  ])
  expect((await asked('by=customer&track=beta')).rows.map(({ value }) => value)).toEqual(['acme'])
  expect((await asked('by=release&limit=1')).rowsLeftOut).toBe(1)
})

test('what is not measured, and two dimensions at once, are refused with the words that help', async () => {
  const { url } = await start()
  const cases = [
    ['by=release,plam', 'measures/unknown-dimension', 'Did you mean "plan"?'],
    ['by=plan,customer', 'measures/one-dimension', 'one of them at a time'],
    ['by=plan&only=customer:acme', 'measures/one-dimension', 'one of them at a time'],
  ] as const
  for (const [query, code, words] of cases) {
    const answer = await fetch(`${url}${PATH}&${query}`)
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code, text: expect.stringContaining(words) },
    ])
  }
})
