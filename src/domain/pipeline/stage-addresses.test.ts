import { expect, test } from 'vitest'
import { foreignAddresses, hostsIn, stageAddresses } from './stage-addresses.ts'

test.each([
  ['https://api.staging.shop.example/v1', ['api.staging.shop.example']],
  ['postgres://shop:secret@db-1.prod:5432/shop', ['db-1.prod:5432']],
  ['redis://a:1,redis://b:2', ['a:1', 'b:2']],
  ['db.internal', ['db.internal']],
  ['1.10', []],
  ['debug', []],
  ['http://localhost:3000', []],
] as const)('hosts in %s', (value, hosts) => {
  expect(hostsIn(value)).toEqual(hosts)
})

const staging = { stage: 'staging', env: { API: 'https://api.staging.example', LOG: 'https://log.example' } }
const production = {
  stage: 'production',
  env: { API: 'https://api.shop.example', LOG: 'https://log.example' },
}

test('what stages give one variable differently is their own; what they share is nobody’s', () => {
  expect(stageAddresses([staging, production])).toEqual([
    { stage: 'staging', host: 'api.staging.example', variable: 'API' },
    { stage: 'production', host: 'api.shop.example', variable: 'API' },
  ])
})

test('an address of one stage in another’s variables is found', () => {
  const slip = { ...production, env: { ...production.env, PAY: 'https://api.staging.example/pay' } }
  expect(foreignAddresses([staging, slip])).toMatchObject([
    { host: 'api.staging.example', stage: 'staging', at: { stage: 'production', variable: 'PAY' } },
  ])
  expect(foreignAddresses([staging, production])).toEqual([])
})
