import { expect, test } from 'vitest'
import { offLineNumber } from '../../release-number.ts'
import { countsBy, parseMetricQuery } from './metric-query.ts'
import { metricsIn, parseSelector } from './series-selector.ts'
import { releaseOfVersion } from './version-label.ts'

const UPON = offLineNumber(5, 1) ?? 0
const VERSIONS = [
  { release: 12, sha: 'abcdef1234567890' },
  { release: 13, sha: 'abcdef9999999999' },
  { release: UPON, sha: '1234567890abcdef' },
]

test.each([
  ['12', 12],
  ['#12', 12],
  ['5+1', UPON],
  ['abcdef1', 12],
  ['ABCDEF9999', 13],
  ['1234567890', UPON],
  ['abcdef', null],
  ['14', null],
  ['', null],
  ['v12', null],
])('the version %s is %s', (value, release) => {
  expect(releaseOfVersion(value, VERSIONS)).toBe(release)
})

test('a commit that two begin with is none of them', () => {
  const twins = VERSIONS.slice(0, 2).map(({ release }) => ({ release, sha: 'abcdef0123' }))
  expect(releaseOfVersion('abcdef0123', twins)).toBeNull()
})

test.each([
  ['a_total', 'a_total', []],
  ['a:b{x="1", y=~"5..",z!~"q"}', 'a:b', ['x', 'y', 'z']],
  ['a{x="says \\"}\\""}', 'a', ['x']],
])('%s is a selector', (text, name, labels) => {
  expect(parseSelector(text)).toEqual({ text, name, labels })
})

test.each(['', 'sum(a)', 'a[5m]', 'a{x=1}', 'a{x="1"', 'a / b', 'a{x="1"} offset 5m'])(
  '%s is none',
  (text) => {
    expect(parseSelector(text)).toBeNull()
  },
)

test.each([
  ['sum by (version, x) (rate(a_total{code="b"}[1m])) / on (y) b_total', ['a_total', 'b_total']],
  ['histogram_quantile(0.9, sum by (le) (rate(c_bucket[5m] offset 5m)))', ['c_bucket']],
  ['vector(1)', []],
])('the metrics in %s', (expression, names) => {
  expect(metricsIn(expression)).toEqual(names)
})

test('a metric of Datadog is asked for by version, in spans', () => {
  const query = parseMetricQuery('sum:shop.requests{env:production,status:5xx}')
  expect(query).toEqual({ metric: 'shop.requests', filter: 'env:production,status:5xx' })
  expect(query && countsBy(query, 'version', 10)).toBe(
    'sum:shop.requests{env:production,status:5xx} by {version}.as_count().rollup(sum, 10)',
  )
  expect(parseMetricQuery('shop.requests')).toEqual({ metric: 'shop.requests', filter: '*' })
  expect(parseMetricQuery('avg:shop.requests{*}')).toBeNull()
  expect(parseMetricQuery('shop.requests{*} by {host}')).toBeNull()
})
