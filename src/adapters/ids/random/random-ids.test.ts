import { expect, test } from 'vitest'
import { createRandomIds } from './random-ids.ts'

test('ids carry their prefix, fit into file and host names, and do not repeat', () => {
  const ids = createRandomIds()
  const made = Array.from({ length: 10_000 }, () => ids.next('lock'))
  expect(made.every((id) => /^lock_[0-9a-z]{20}$/.test(id))).toBe(true)
  expect(new Set(made).size).toBe(made.length)
})
