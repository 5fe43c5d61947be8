import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, nearestWord } from './nearest-word.ts'

test.each([
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['bake', 'bake', 0],
  ['bkae', 'bake', 1],
  ['command', 'comand', 1],
])('%s and %s are %i apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance)
})

test('distance does not depend on the order, and is no more than the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(editDistance(a, b) === 0).toBe(a === b)
    }),
  )
})

test.each([
  ['rolout', 'rollout'],
  ['Bake', 'bake'],
  ['instanecs', 'instances'],
  ['env', 'env'],
  ['zzz', null],
  ['pipeline', null],
])('%s means %s', (word, meant) => {
  expect(nearestWord(word, ['bake', 'rollout', 'instances', 'env', 'for'])).toBe(meant)
})
