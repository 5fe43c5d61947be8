import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PlanArm } from './plan.ts'
import { splitPoint, stickySplit } from './sticky-split.ts'
import { xxh32 } from './xxh32.ts'

const arm = (release: number, weightPercent: number): PlanArm => ({ release, weightPercent, instances: [] })
const twoArms = (candidatePercent: number) => [arm(11, 100 - candidatePercent), arm(12, candidatePercent)]
const subject = fc.string({ minLength: 1, maxLength: 60, unit: 'binary-ascii' })

describe('the hash', () => {
  test.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('XXH32 of %j is the published value', (text, hash) => {
    expect(xxh32(text)).toBe(hash)
  })
})

describe('a sticky split', () => {
  test('a user who got the candidate keeps it when its share grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        subject,
        fc.integer({ min: 0, max: 100 }),
        fc.nat(100),
        (salt, user, percent, more) => {
          const before = stickySplit(salt, user, twoArms(percent))
          const after = stickySplit(salt, user, twoArms(Math.min(100, percent + more)))
          if (before?.release === 12) expect(after?.release).toBe(12)
        },
      ),
    )
  })

  test('a candidate older than the baseline is kept while its share grows, too', () => {
    const arms = (percent: number) => [arm(12, 100 - percent), arm(9, percent)]
    fc.assert(
      fc.property(subject, fc.integer({ min: 0, max: 100 }), fc.nat(100), (user, percent, more) => {
        if (stickySplit('s', user, arms(percent))?.release !== 9) return
        expect(stickySplit('s', user, arms(Math.min(100, percent + more)))?.release).toBe(9)
      }),
    )
  })

  test('equal weights move nobody, whatever the order of the arms and whatever is warm', () => {
    fc.assert(
      fc.property(subject, fc.integer({ min: 1, max: 99 }), (user, percent) => {
        const one = stickySplit('s', user, twoArms(percent))
        const other = stickySplit('s', user, [arm(10, 0), ...twoArms(percent).toReversed(), arm(13, 0)])
        expect(other?.release).toBe(one?.release)
      }),
    )
  })

  test('a release of weight 0 gets nobody, and no weight at all gives no release', () => {
    fc.assert(
      fc.property(subject, (user) => {
        expect(stickySplit('s', user, twoArms(0))?.release).toBe(11)
        expect(stickySplit('s', user, twoArms(100))?.release).toBe(12)
        expect(stickySplit('s', user, [arm(11, 0)])).toBeUndefined()
      }),
    )
  })

  const populations: readonly (readonly [string, (n: number) => string])[] = [
    ['numbers', (n) => String(n)],
    ['e-mail addresses', (n) => `customer${n}@example.com`],
    ['random cookies', (n) => xxh32(`${n}`).toString(16).padStart(8, '0').repeat(4)],
    ['UUIDs that differ in few digits', (n) => `7b1c9e52-0000-4000-8000-${n.toString(16).padStart(12, '0')}`],
  ]
  test.each(populations)('%s spread evenly: chi-square over 100 cells of 100,000 users', (_, name) => {
    const cells = Array.from({ length: 100 }, () => 0)
    for (let n = 0; n < 100_000; n++) {
      const cell = Math.floor(splitPoint('shop-production-1', name(n)))
      cells[cell] = (cells[cell] ?? 0) + 1
    }
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // 99 degrees of freedom: 0.99999 quantile is 168; far too even (below the 0.00001 quantile) is as suspicious.
    expect(chiSquare).toBeLessThan(168)
    expect(chiSquare).toBeGreaterThan(50)
  })

  test('two environments split the same users independently', () => {
    let both = 0
    for (let n = 0; n < 100_000; n++) {
      const one = splitPoint('a', `user-${n}`) < 10
      const other = splitPoint('b', `user-${n}`) < 10
      if (one && other) both++
    }
    // 1,000 expected, standard deviation about 31.
    expect(Math.abs(both - 1000)).toBeLessThan(160)
  })
})
