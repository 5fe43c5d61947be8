import { describe, expect, test } from 'vitest'
import { describeLeft, describePhase, describeRoute, nameReleases } from './wording.ts'

test('a handful of releases is named, a backlog is counted', () => {
  expect(nameReleases([9])).toBe('#9')
  expect(nameReleases([9, 10])).toBe('#9 and #10')
  expect(nameReleases([9, 10, 11])).toBe('#9, #10 and #11')
  expect(nameReleases([9, 10, 11, 12, 13])).toBe('#9, #10 and 3 more')
})

test('going back does not read like going forward', () => {
  expect(describeRoute({ release: 12, from: 11, direction: 'forward' })).toBe('#12 over #11')
  expect(describeRoute({ release: 11, from: 12, direction: 'back' })).toBe('Back to #11 from #12')
  expect(describeRoute({ release: 1, from: null, direction: 'forward' })).toBe('#1, the first here')
})

describe('what a change still needs', () => {
  const bake = { forMs: 3_600_000, requests: 100 }
  test('is time and requests, while both are missing', () => {
    expect(describeLeft({ watchedMs: 240_000, requests: 31 }, bake)).toBe('56 min and 69 requests left')
  })
  test('is only what is missing', () => {
    expect(describeLeft({ watchedMs: 3_600_000, requests: 99 }, bake)).toBe('1 request left')
    expect(describeLeft({ watchedMs: 0, requests: 100 }, bake)).toBe('1 h left')
  })
  test('is not told as a verdict when nothing is missing', () => {
    expect(describeLeft({ watchedMs: 3_600_000, requests: 100 }, bake)).toBe('has its time and traffic')
  })
})

test('a soak tells its watched time against what it needs', () => {
  const steps = [{ label: 'one box', percent: 10, soakMs: 600_000 }]
  expect(describePhase({ phase: 'soaking', step: 1, steps, soakedMs: 250_000 })).toBe(
    'Soaking at one box: 4 min 10 s of 10 min watched',
  )
})
