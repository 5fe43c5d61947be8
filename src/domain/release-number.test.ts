import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  baseOf,
  countOf,
  inOrder,
  isOfLine,
  offLineNumber,
  readReleaseName,
  releaseName,
} from './release-number.ts'

test('a release built upon another is written with its base and its count', () => {
  expect(releaseName(12)).toBe('#12')
  expect(releaseName(offLineNumber(5, 1) ?? 0)).toBe('#5+1')
  expect(releaseName(offLineNumber(0, 7) ?? 0)).toBe('#0+7')
})

test('what is written is read back, whatever the base and the count', () => {
  fc.assert(
    fc.property(fc.nat({ max: 799_998 }), fc.integer({ min: 1, max: 999 }), (base, count) => {
      const number = offLineNumber(base, count) ?? 0
      expect(isOfLine(number)).toBe(false)
      expect([baseOf(number), countOf(number)]).toEqual([base, count])
      expect(readReleaseName(releaseName(number))).toBe(number)
      expect(number).toBeLessThan(1_000_000_000)
    }),
  )
})

test('there is no number for more than 999 builds upon one release, nor for anything but a name', () => {
  expect(offLineNumber(5, 1_000)).toBeUndefined()
  expect(offLineNumber(5, 0)).toBeUndefined()
  for (const word of ['', '#', 'x', '5+', '+1', '5-1', '#5+0', '1234567'])
    expect(readReleaseName(word)).toBeUndefined()
})

test('a hotfix stands right after the release it was built upon', () => {
  const hotfix = offLineNumber(5, 1) ?? 0
  expect([9, hotfix, 5, 6].toSorted(inOrder)).toEqual([5, hotfix, 6, 9])
})
