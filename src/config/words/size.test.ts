import { expect, test } from 'vitest'
import { parseSize } from './size.ts'

test.each([
  ['512MB', 512_000_000],
  ['1.5GB', 1_500_000_000],
  ['10 GiB', 10 * 2 ** 30],
  ['2TB', 2e12],
  ['0MB', 0],
])('%s is a size', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', '10', '10gb', 'GB', '-1GB', '1e3MB', '10GB!', '9999999TB'])('%j is no size', (text) => {
  expect(parseSize(text)).toBeNull()
})
