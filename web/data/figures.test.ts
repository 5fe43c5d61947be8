import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeBytes, describeCount, describeLatency, describePercent, describeRate } from './figures.ts'

test.each([
  [0, '0%'],
  [0.004, '<0.01%'],
  [0.12, '0.12%'],
  [2.345, '2.3%'],
  [99.6, '100%'],
])('a share of %d is written %s', (percent, text) => {
  expect(describePercent(percent)).toBe(text)
})

test('errors that happened are never written as none', () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: 100, noNaN: true }), (percent) => {
      expect(describePercent(percent)).not.toBe('0%')
    }),
  )
})

test('requests that came are never written as none', () => {
  expect(describeRate(0)).toBe('0')
  expect(describeRate(0.4)).toBe('0.4')
  expect(describeRate(0.02)).toBe('<0.1')
  expect(describeRate(182.4)).toBe('182')
})

test('large counts fit a narrow column', () => {
  expect(describeCount(999)).toBe('999')
  expect(describeCount(54_812)).toBe('54.8k')
  expect(describeCount(999_960)).toBe('1M')
})

test('what was not measured is a dash and not a zero', () => {
  expect(describeLatency(null)).toBe('–')
  expect(describeBytes(null)).toBe('–')
})

test('latency changes its unit at a second', () => {
  expect(describeLatency(176.4)).toBe('176 ms')
  expect(describeLatency(2310)).toBe('2.3 s')
})
