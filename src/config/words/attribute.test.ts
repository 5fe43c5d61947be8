import { expect, test } from 'vitest'
import { parseAttribute } from './attribute.ts'

test.each([
  ['customer', { from: 'customer' }],
  ['header:X-Project', { from: 'header', name: 'x-project' }],
  ['cookie:Team', { from: 'cookie', name: 'Team' }],
  ['lookup:customers.plan', { from: 'lookup', table: 'customers', column: 'plan' }],
])('%s is a place in a request', (written, attribute) => {
  expect(parseAttribute(written)).toEqual(attribute)
})

test.each(['', 'plan', 'header', 'header:', 'header:a b', 'lookup:customers', 'lookup:.plan', 'customer:x'])(
  '%j is none',
  (written) => {
    expect(parseAttribute(written)).toBeNull()
  },
)
