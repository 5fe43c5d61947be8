import { describe, expect, test } from 'vitest'
import { boxMargin, GUESSED_SPREAD, nothingSeen, spreadOf, withBoxes, type Spread } from './spread.ts'
import { chanceFrom, normal, poisson, type Chance } from './testing/chance.ts'

/** Two hours of nine boxes; `hitsOf` says how many hits a box has in a second. */
function learned(hitsOf: (chance: Chance, box: number, second: number) => number, boxes = 9): Spread {
  const chance = chanceFrom(boxes)
  let seen = nothingSeen
  for (let second = 0; second < 7_200; second += 1)
    seen = withBoxes(
      seen,
      Array.from({ length: boxes }, (_, box) => ({
        id: `b${box}`,
        requests: 10,
        hits: hitsOf(chance, box, second),
      })),
      1_000,
    )
  return spreadOf(seen)
}

describe('what boxes show of themselves', () => {
  test('independent failures are not clumped, and equal boxes not apart', () => {
    const spread = learned((chance) => poisson(chance, 0.1))
    expect(spread.clumping).toBe(1)
    expect(spread.boxes).toBeLessThan(0.06)
  })

  test('failures that come in fours are clumped about fourfold', () => {
    const { clumping } = learned((chance) => 4 * poisson(chance, 0.025))
    expect(clumping).toBeGreaterThan(3.5)
    expect(clumping).toBeLessThan(5.5)
  })

  test('a burst that all boxes share is not held against any', () => {
    const { clumping } = learned((chance, _box, second) => poisson(chance, second % 600 < 20 ? 2 : 0.05))
    expect(clumping).toBeLessThan(1.3)
  })

  test('boxes that differ for good widen what another box may do', () => {
    const chance = chanceFrom(4)
    const rates = Array.from({ length: 9 }, () => 0.1 * Math.exp(0.4 * normal(chance)))
    const spread = learned((draw, box) => poisson(draw, rates[box] ?? 0))
    expect(spread.boxes).toBeGreaterThan(0.2)
    expect(spread.boxes).toBeLessThan(0.7)
    const one = boxMargin(spread, { candidate: 1, baseline: 9 })
    expect(one).toBeGreaterThan(boxMargin(spread, { candidate: 5, baseline: 5 }))
    expect(one).toBeGreaterThan(1.5)
  })

  test('an arm whose boxes are not told apart shows its clumps over time', () => {
    expect(learned((chance) => 4 * poisson(chance, 0.025), 1).clumping).toBeGreaterThan(3)
    expect(learned((chance) => poisson(chance, 0.1), 1).clumping).toBeLessThan(1.5)
  })
})

test('nothing seen is a guess, never the best case', () => {
  expect(spreadOf(nothingSeen)).toEqual(GUESSED_SPREAD)
  expect(boxMargin(GUESSED_SPREAD, { candidate: 0, baseline: 0 })).toBeGreaterThan(1)
})
