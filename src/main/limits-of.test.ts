import { expect, test } from 'vitest'
import { DEFAULTS } from '../config/complete/defaults.ts'
import { defaultLimits } from '../coordinator/coordinator.ts'
import { limitsOf } from './limits-of.ts'

const config = (more: Partial<Parameters<typeof limitsOf>[0][number]['limits']>) => ({
  limits: { ...DEFAULTS.limits, ...more },
})

test('without a word the defaults hold, and they are those of the coordinator', () => {
  expect(limitsOf([])).toEqual(defaultLimits)
  expect(limitsOf([config({}), config({})])).toEqual(defaultLimits)
})

test('what one configuration sets counts, also where it is more than the default', () => {
  const set = limitsOf([config({}), config({ mirrorBytes: 50e9, warmMemory: { kind: 'part', percent: 50 } })])
  expect(set).toEqual({
    ...defaultLimits,
    mirrorBytes: 50e9,
    warmMemory: { kind: 'part', percent: 50 },
  })
})

test('of what several set, the smallest counts', () => {
  const set = limitsOf([
    config({ buildCacheBytes: 5e9, warmMemory: { kind: 'part', percent: 10 } }),
    config({ buildCacheBytes: 2e9, warmMemory: { kind: 'bytes', bytes: 1e9 } }),
  ])
  expect(set.buildCacheBytes).toBe(2e9)
  expect(set.warmMemory).toEqual({ kind: 'bytes', bytes: 1e9 })
})
