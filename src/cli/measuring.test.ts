import { expect, test } from 'vitest'
import { testCli } from '../../test/fakes/run-cli.ts'
import { exampleArms } from '../extend/contracts/measure-store.contract.ts'

const { start, sluice } = testCli()

test('metrics tells each version apart, with its bound', async () => {
  const { control } = await start()
  const [first] = exampleArms()
  const other = { requests: 7, errors: 1, latency: [] }
  const bounded = { ...first!, dimensions: [{ ...first!.dimensions[0]!, other, missedMax: 4 }] }
  control.measures.arms = [...exampleArms(), bounded]
  const told = await sluice(['metrics', 'shop', '--by', 'release,customer', '--since', '30m'])
  expect(told.exit).toBe(0)
  expect(told.out).toContain('shop/production, the last 30m')
  expect(told.out).toMatch(/#22\s+huge\s+6\s+0\s+0%/)
  expect(told.out).toMatch(/#24\s+acme\s+2\s+1\s+50%/)
  expect(told.out).toMatch(/#22\s+\(other\)\s+7\s+1\s+14%/)
})

test('metrics answers for one customer, and says where it was seen nowhere', async () => {
  const { control } = await start()
  control.measures.arms = [...exampleArms()]
  const acme = await sluice(['metrics', 'shop', '--only', 'customer=acme', '--json'])
  expect(JSON.parse(acme.out)).toMatchObject({ rows: [{ name: '#24', requests: 2, errorRate: 0.5 }] })
  expect((await sluice(['metrics', 'shop', '--only', 'customer=nobody'])).out).toContain(
    'No request was seen.',
  )
  const wrong = await sluice(['metrics', 'shop', '--by', 'colour'])
  expect([wrong.exit, wrong.err]).toEqual([64, expect.stringContaining('run.measureBy')])
})
