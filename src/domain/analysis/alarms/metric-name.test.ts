import { expect, test } from 'vitest'
import { parseMetricName } from './metric-name.ts'

test.each([
  ['signups_total', 'signups_total', []],
  ['a:b{}', 'a:b', []],
  [
    'a{ x = "1" , y="two, {3}" }',
    'a',
    [
      ['x', '1'],
      ['y', 'two, {3}'],
    ],
  ],
  ['a{x="say \\"no\\"\\n\\\\",}', 'a', [['x', 'say "no"\n\\']]],
])('%s is a name', (text, name, labels) => {
  expect(parseMetricName(text)).toEqual({ text, name, labels })
})

test.each([
  '',
  '1a',
  'a b',
  'a-b',
  'a{',
  'a{x}',
  'a{x=1}',
  'a{x=~"1"}',
  'a{x="1"',
  'a{x="1" y="2"}',
  'a{x="1",x="2"}',
  'rate(a[5m])',
])('%s is none', (text) => {
  expect(parseMetricName(text)).toBeNull()
})
