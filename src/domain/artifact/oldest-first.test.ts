import { expect, test } from 'vitest'
import { oldestFirst, type StoredThing } from './oldest-first.ts'

const thing = (name: string, usedAtMs: number, more: Partial<StoredThing> = {}): StoredThing => ({
  name,
  usedAtMs,
  bytes: 10,
  isKept: false,
  ...more,
})

test('nothing goes while everything fits', () => {
  expect(oldestFirst([thing('a', 1), thing('b', 2)], 20)).toEqual([])
})

test('the longest unused goes first, and no more than must', () => {
  expect(oldestFirst([thing('b', 2), thing('c', 3), thing('a', 1)], 19)).toEqual(['a', 'b'])
})

test('what is kept stays, however old and large', () => {
  const kept = thing('a', 1, { isKept: true, bytes: 100 })
  expect(oldestFirst([kept, thing('b', 2), thing('c', 3)], 50)).toEqual(['b', 'c'])
})
