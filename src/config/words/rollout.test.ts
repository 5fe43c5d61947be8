import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeRollout, expandRollout, isRolloutWord, oneBoxPercent, ROLLOUT_WORDS } from './rollout.ts'

function expand(words: readonly (string | [string, number])[], instances = 10): string {
  const written = words.map((word) =>
    typeof word === 'string' ? { step: word, soakMs: null } : { step: word[0], soakMs: word[1] },
  )
  const reading = expandRollout(written, instances)
  return reading.ok ? describeRollout(reading.steps) : `${reading.index}: ${reading.message}`
}

test.each([
  [['all-at-once'], 10, 'all 0'],
  [['replace'], 10, 'replace 0'],
  [['blue-green'], 10, 'all 2m'],
  [['one-box'], 10, 'one-box 10% 10m, all 2m'],
  [['one-box'], 1, 'one-box 10% 10m, all 2m'],
  [['one-box'], 20, 'one-box 5% 10m, all 2m'],
  [['one-box', '25%', '50%', 'all-at-once'], 10, 'one-box 10% 10m, 25% 2m, 50% 2m, all 2m'],
  [['25%', '100%'], 10, '25% 2m, all 2m'],
  [['rolling'], 3, '33% 2m, 66% 2m, all 2m'],
  [['rolling'], 1, 'all 2m'],
  [
    ['one-box', '10%-at-a-time'],
    10,
    'one-box 10% 10m, 20% 2m, 30% 2m, 40% 2m, 50% 2m, 60% 2m, 70% 2m, 80% 2m, 90% 2m, all 2m',
  ],
  [
    ['one-box', '10%-at-a-time'],
    40,
    'one-box 2% 10m, 10% 2m, 20% 2m, 30% 2m, 40% 2m, 50% 2m, 60% 2m, 70% 2m, 80% 2m, 90% 2m, all 2m',
  ],
] as const)('%j on %i instances is %s', (words, instances, steps) => {
  expect(expand([...words], instances)).toBe(steps)
})

test('a written soak counts for every step of its word, and the last step that was added never waits longer', () => {
  expect(expand([['50%', 5_000]])).toBe('50% 5s, all 5s')
  expect(expand([['rolling', 0]], 2)).toBe('50% 0, all 0')
  expect(expand([['one-box', 3_600_000]])).toBe('one-box 10% 1h, all 2m')
  expect(expand([['all-at-once', 60_000]])).toBe('all 1m')
})

test.each([
  [['50%', '25%'], '1: `25%` does not go beyond the 50% before it; steps must grow'],
  [['25%', '25%'], '1: `25%` does not go beyond the 25% before it; steps must grow'],
  [
    ['25%', 'one-box'],
    '1: `one-box` (10% with 10 instances) does not go beyond the 25% before it; steps must grow',
  ],
  [['100%', '50%'], '1: `50%` comes after 100%, so it would never be reached; take it out'],
  [
    ['blue-green', 'all-at-once'],
    '1: `all-at-once` comes after 100%, so it would never be reached; take it out',
  ],
  [['one-box', 'replace'], '1: `replace` stops the old instances first, so it must be the only step'],
  [['replace', '50%'], '0: `replace` stops the old instances first, so it must be the only step'],
] as const)('%j is refused', (words, message) => {
  expect(expand([...words])).toBe(message)
})

test.each(['0%', '101%', '2.5%', '-5%', '25', 'canary', ''])('%j is not a step', (text) => {
  expect(isRolloutWord(text)).toBe(false)
})

test('one box takes at most 10 % and at least 1 %', () => {
  expect([1, 3, 10, 11, 30, 100, 500].map(oneBoxPercent)).toEqual([10, 10, 10, 9, 3, 1, 1])
})

test('whatever is accepted grows and ends at 100 %', () => {
  const word = fc.oneof(
    fc.constantFrom(...ROLLOUT_WORDS),
    fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), (words, instances) => {
      const reading = expandRollout(
        words.map((step) => ({ step, soakMs: null })),
        instances,
      )
      if (!reading.ok) return
      const percents = reading.steps.map((step) => step.percent)
      expect(percents.at(-1)).toBe(100)
      expect(percents.every((percent, index) => index === 0 || percent > (percents[index - 1] ?? 0))).toBe(
        true,
      )
    }),
  )
})
