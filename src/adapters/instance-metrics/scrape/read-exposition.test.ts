import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { parseMetricName, type MetricName } from '../../../domain/analysis/alarms/metric-name.ts'
import { readExposition, SERIES_MAX } from './read-exposition.ts'

function name(text: string): MetricName {
  const found = parseMetricName(text)
  if (found === null) throw new Error(`${text} is no name`)
  return found
}

function read(text: string, metric: string): unknown {
  const { values, missing } = readExposition(text, [name(metric)])
  return values.get(metric) ?? missing.get(metric)
}

const counter = (value: number) => ({ kind: 'counter', value })
const gauge = (value: number) => ({ kind: 'gauge', value })

test.each([
  ['a gauge', 'a 1.5\n', 'a', gauge(1.5)],
  ['a value without a line end', 'a 1', 'a', gauge(1)],
  ['lines that end as on Windows', 'a 1\r\nb 2\r\n', 'a', gauge(1)],
  ['a time beside the value', 'a 1 1700000000000\n', 'a', gauge(1)],
  ['an exemplar', 'a_total{x="1"} 7 1.5 # {trace="x y"} 0.5 1.2\n', 'a_total', counter(7)],
  ['numbers as programs write them', 'a{x="1"} -1e-1\na{x="2"} +2.\na{x="3"} .5E1\n', 'a', gauge(6.9)],
  ['series that are added up', 'a{x="1"} 1\na{x="2"} 2\n', 'a', gauge(3)],
  ['only those that fit', 'a{x="1",y="1"} 1\na{x="2",y="1"} 2\n', 'a{x="2"}', gauge(2)],
  ['a label in another order', 'a{y="1",x="2"} 2\n', 'a{x="2",y="1"}', gauge(2)],
  ['a label with signs in it', 'a{x="}, \\"{\\n\\\\"} 2\n', 'a{x="}, \\"{\\n\\\\"}', gauge(2)],
  ['a label that is not there, which is empty', 'a{y="1"} 2\n', 'a{x=""}', gauge(2)],
  ['a comma at the end of the labels', 'a{x="1",} 2\n', 'a{x="1"}', gauge(2)],
  ['a type', '# TYPE a counter\na 2\n', 'a', counter(2)],
  ['a family of OpenMetrics', '# TYPE a counter\na_total 2\n# EOF\n', 'a_total', counter(2)],
  ['a gauge that is called total', '# TYPE a_total gauge\na_total 2\n', 'a_total', gauge(2)],
  ['part of a histogram', '# TYPE a histogram\na_sum 2\n', 'a_sum', counter(2)],
  ['a quantile of a summary, which is none', '# TYPE a summary\na{quantile="0.5"} 2\n', 'a', gauge(2)],
  ['nothing of that name', 'ab 1\n', 'a', 'nothing is called a; did you mean ab?'],
  [
    'nothing of that label',
    'a{x="1"} 1\n',
    'a{x="2"}',
    'nothing is called a{x="2"}; there is a with other labels',
  ],
  ['nothing at all', '', 'a', 'nothing is called a'],
  ['not a number', 'a NaN\n', 'a', 'a value of a is not a number'],
  ['infinity', 'a +Inf\n', 'a', 'a value of a is not a number'],
  [
    'one that is not a number among others',
    'a{x="1"} 1\na{x="2"} NaN\n',
    'a',
    'a value of a is not a number',
  ],
  ['words for a number', 'a 0x10\n', 'a', 'a value of a is not a number'],
  ['a counter below nothing', 'a_total -1\n', 'a_total', 'the value of a_total cannot be'],
  ['a sum that is too much', 'a{x="1"} 1e308\na{x="2"} 1e308\n', 'a', 'the value of a cannot be'],
  ['the same twice', 'a{x="1",y="2"} 1\na{y="2",x="1"} 1\n', 'a', 'a series of a stands there twice'],
  ['a line that breaks off', 'a{x="1\n', 'a', 'a line of a cannot be read'],
  ['a line without a value', 'a{x="1"}\n', 'a', 'a line of a cannot be read'],
  ['a line with too much', 'a 1 2 3\n', 'a', 'a line of a cannot be read'],
  ['another line that breaks off', 'b{x="1\na 1\n', 'a', gauge(1)],
])('%s', (_, text, metric, found) => {
  expect(read(text, metric)).toEqual(found)
})

test('more series than anybody means are not added up', () => {
  const text = Array.from({ length: SERIES_MAX + 1 }, (_, at) => `a{x="${at}"} 1`).join('\n')
  expect(read(text, 'a')).toBe(`more than ${SERIES_MAX} series fit a`)
  expect(read(text, 'a{x="7"}')).toEqual(gauge(1))
})

const label = fc.string({ unit: 'binary' }).filter((text) => !/[\uD800-\uDFFF]/.test(text))
const amount = fc.double({ min: 0, max: 1e12, noNaN: true })

test('what a client library exposes is read as it was set, whatever stands in its labels', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(label, amount), { maxLength: 8, selector: ([value]) => value }),
      async (rows) => {
        for (const type of [Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE]) {
          const register: Registry<typeof type> = new Registry()
          register.setContentType(type)
          const about = { help: 'what\nit "is"', labelNames: ['who'], registers: [register] }
          const jobs = new Counter({ name: 'jobs_total', ...about })
          const queue = new Gauge({ name: 'queue', ...about })
          const took = new Histogram({ name: 'took', ...about })
          for (const [who, value] of rows) {
            jobs.inc({ who }, value)
            queue.set({ who }, value)
            took.observe({ who }, value)
          }
          const { values } = readExposition(await register.metrics(), [
            name('jobs_total'),
            name('queue'),
            name('took_count'),
          ])
          const sum = rows.reduce((all, [, value]) => all + value, 0)
          if (rows.length === 0) expect([...values.keys()]).toEqual([])
          else {
            expect(values.get('jobs_total')).toEqual(counter(expect.closeTo(sum, 3)))
            expect(values.get('queue')).toEqual(gauge(expect.closeTo(sum, 3)))
            expect(values.get('took_count')).toEqual(counter(rows.length))
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('any text at all is read without harm, and what comes out is a number', () => {
  const signs = fc.constantFrom(
    'a',
    '{',
    '}',
    '"',
    '\\',
    ',',
    '=',
    ' ',
    '\n',
    '#',
    '1',
    '.',
    'e',
    '-',
    'NaN',
    '\u0000',
    'TYPE',
    'counter',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(signs, { maxLength: 60 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (exposed) => {
      const { values, missing } = readExposition(exposed, [name('a')])
      const value = values.get('a')?.value
      expect(value === undefined ? missing.has('a') : Number.isFinite(value)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['a label that never ends', `a{x="${'\\\\'.repeat(200_000)}`],
  ['labels that never end', `a{${' '.repeat(200_000)}`],
  ['many labels', `a{${',x="1"'.repeat(20_000)}`],
  ['many words', `a ${'1 '.repeat(200_000)}`],
  ['many spaces', `a 1 ${' '.repeat(200_000)}x`],
])('%s: read once, and not again and again', (_, line) => {
  expect(read(line, 'a')).toBe('a line of a cannot be read')
})

test('many digits are read once, too', () => {
  expect(read(`a ${'1'.repeat(200_000)}x`, 'a')).toBe('a value of a is not a number')
})
