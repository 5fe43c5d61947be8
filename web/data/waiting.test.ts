import { expect, test } from 'vitest'
import { groupWaiting, nameGroup } from './waiting.ts'

const locked = [{ code: 'gate/locked', text: 'anna has locked production', until: null }]
const bakes = (until: number) => [{ code: 'bake/time', text: 'Bakes in staging', until }]

test('neighbours that wait for the same are told once', () => {
  const groups = groupWaiting([
    { release: 45, why: locked },
    { release: 46, why: [...locked] },
    { release: 47, why: bakes(5) },
  ])
  expect(groups.map((group) => group.releases)).toEqual([[45, 46], [47]])
})

test('the same words with another time are another reason', () => {
  const groups = groupWaiting([
    { release: 45, why: bakes(1) },
    { release: 46, why: bakes(2) },
  ])
  expect(groups).toHaveLength(2)
})

test('order is kept even where a reason comes back', () => {
  const groups = groupWaiting([
    { release: 45, why: locked },
    { release: 46, why: bakes(1) },
    { release: 47, why: locked },
  ])
  expect(groups.map((group) => nameGroup(group.releases))).toEqual(['#45', '#46', '#47'])
})

test('a long group is named by its ends', () => {
  expect(nameGroup([45, 46])).toBe('#45, #46')
  expect(nameGroup([45, 46, 47, 48])).toBe('#45 … #48')
})
