// Silence, the split of visitors, new messages, many metrics, the budget of false stops, the forecast, plausible ratios.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blamed, combined } from './combine.ts'
import { alphaOf, budgetInWords } from './error-budget.ts'
import { fingerprintEvidence } from './fingerprints.ts'
import { forecastInWords, requestsToShow, smallestVisible } from './forecast.ts'
import { plausibleRatio, withShares, type ShareClass } from './plausible-ratio.ts'
import { notSilent, silenceEvidence, withSaid } from './silence.ts'
import { logSplitEvidence, trafficDoubt } from './subjects-check.ts'
import { binomial, chanceFrom, poisson } from './testing/chance.ts'

describe('silence', () => {
  const quiet = (seconds: number, expected: number | null) =>
    Array.from({ length: seconds }).reduce<typeof notSilent>(
      (state) => withSaid(state, { spanMs: 1_000, said: 0, expected }),
      notSilent,
    )

  test('the more is usually said, the sooner it tells', () => {
    const seconds = (pace: number): number => {
      for (let at = 1; ; at += 1) if (silenceEvidence(quiet(at, pace), 1) >= 100) return at
    }
    expect([seconds(1), seconds(10)]).toEqual([24, 3])
  })

  test('a word ends it, and where the baseline is not heard either it tells nothing', () => {
    expect(withSaid(quiet(100, 5), { spanMs: 1_000, said: 1, expected: 5 })).toEqual(notSilent)
    expect(silenceEvidence(quiet(1_000, null), 1)).toBe(1)
  })

  test('a release that speaks a fifth as often is hardly ever called silent', () => {
    const chance = chanceFrom(8)
    let alarms = 0
    for (let run = 0; run < 300; run += 1) {
      let state = notSilent
      for (let second = 0; second < 600; second += 1) {
        state = withSaid(state, { spanMs: 1_000, said: poisson(chance, 1), expected: 5 })
        if (silenceEvidence(state, 600) >= 100) alarms += 1
      }
    }
    expect(alarms).toBeLessThanOrEqual(6)
  })
})

describe('the split of visitors', () => {
  test('as configured, it is never doubted on average', () => {
    const chance = chanceFrom(3)
    const wealths = Array.from({ length: 2_000 }, () =>
      Math.exp(logSplitEvidence({ candidate: binomial(chance, 500, 0.1), all: 500 }, 0.1)),
    )
    expect(wealths.reduce((sum, each) => sum + each, 0) / wealths.length).toBeLessThan(1.2)
  })

  test('a share that is not the configured one is doubted, in words', () => {
    const split = { seen: { candidate: 4_000, all: 20_000 }, share: 0.1 }
    expect(trafficDoubt(null, split, 0.001)).toContain('4000 of 20000 visitors')
    expect(trafficDoubt(null, { ...split, seen: { candidate: 2_010, all: 20_000 } }, 0.001)).toBeNull()
  })

  test('one request that went elsewhere than the plan says is enough, and no chance is asked', () => {
    expect(trafficDoubt({ asPlanned: 1e9, otherwise: 1 }, null, 1e-9)).toContain('another release')
    expect(trafficDoubt({ asPlanned: 10, otherwise: 0 }, null, 0.5)).toBeNull()
  })

  test('all or nothing has no chance in it', () => {
    expect([0, 1, Number.NaN].map((share) => logSplitEvidence({ candidate: 5, all: 9 }, share))).toEqual([
      0, 0, 0,
    ])
  })
})

test('three minutes with a message that only the candidate writes tell, a tenth new message weighs less', () => {
  const only = { fingerprint: 'a', minutes: 3, share: 0.1 }
  expect(fingerprintEvidence([])).toBe(1)
  expect(fingerprintEvidence([only])).toBeGreaterThan(100)
  const others = Array.from({ length: 9 }, (_, at) => ({ fingerprint: `${at}`, minutes: 0, share: 0.1 }))
  expect(fingerprintEvidence([...others, only])).toBeLessThan(fingerprintEvidence([only]))
})

describe('many metrics', () => {
  test('those that are absent cost nothing, and nothing at all is one', () => {
    expect(combined([{ metric: 'errors', weight: 0.5, evidence: 40 }])).toBe(40)
    expect(combined([])).toBe(1)
  })

  test('the mean is never below any weighted part, so it convicts no later than each alone', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (evidences) => {
        const metrics = evidences.map((evidence, at) => ({ metric: `${at}`, weight: 1, evidence }))
        for (const evidence of evidences)
          expect(combined(metrics)).toBeGreaterThanOrEqual((evidence / evidences.length) * (1 - 1e-9))
      }),
      { seed: 6 },
    )
  })

  test('who is blamed is what closed testing says, by trying every group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 7 }),
        (evidences) => {
          const metrics = evidences.map((evidence, at) => ({ metric: `${at}`, weight: 1, evidence }))
          const byHand = metrics.flatMap(({ metric }, mine) => {
            for (let group = 0; group < 2 ** evidences.length; group += 1) {
              if (((group >> mine) & 1) === 0) continue
              const members = evidences.filter((_, at) => ((group >> at) & 1) === 1)
              const mean = members.reduce((sum, each) => sum + each, 0) / members.length
              if (mean < 100 - 1e-9) return []
            }
            return [metric]
          })
          expect(blamed(metrics, 0.01).length).toBeLessThanOrEqual(byHand.length)
          expect(byHand).toEqual(expect.arrayContaining([...blamed(metrics, 0.01)]))
        },
      ),
      { seed: 7 },
    )
  })
})

describe('the budget of false stops', () => {
  const day = 24 * 3_600_000
  test('is a hundredth until there are two weeks of history, and never more', () => {
    expect(alphaOf({ count: 500, overMs: 13 * day })).toBe(0.01)
    expect(alphaOf({ count: 10, overMs: 28 * day })).toBe(0.01)
    expect(alphaOf({ count: 0, overMs: 28 * day })).toBe(0.01)
  })

  test('is one stop a fortnight where there are many releases', () => {
    expect(alphaOf({ count: 1_000, overMs: 28 * day })).toBeCloseTo(1 / 500, 9)
    expect(budgetInWords(0.01, 20)).toContain('one healthy release in 100')
  })
})

describe('the forecast', () => {
  const traffic = { requests: 36_000, rate: 0.005, share: 0.1, tolerated: 1, alpha: 0.01 }

  test('is of the size that the planning table has', () => {
    expect(requestsToShow(traffic, 2) / 3_670).toBeLessThan(1.3)
    expect(requestsToShow(traffic, 2) / 3_670).toBeGreaterThan(0.9)
    expect(requestsToShow(traffic, 10)).toBeLessThan(200)
  })

  test('more traffic shows less, none shows nothing, and it is said', () => {
    expect(smallestVisible(traffic)).toBeLessThan(smallestVisible({ ...traffic, requests: 1_000 }))
    expect(smallestVisible({ ...traffic, requests: 0 })).toBe(Number.POSITIVE_INFINITY)
    expect(forecastInWords({ ...traffic, requests: 0 })).toContain('no rise of errors')
    expect(forecastInWords(traffic)).toMatch(/from ×1\.[2-6] on/)
  })

  test('what is tolerated can never be seen', () => {
    expect(requestsToShow({ ...traffic, tolerated: 1.2 }, 1.2)).toBe(Number.POSITIVE_INFINITY)
    expect(requestsToShow({ ...traffic, share: 1 }, 2)).toBeGreaterThan(0)
  })
})

describe('plausible ratios', () => {
  test('hold the true one nearly always, whatever the shares did', () => {
    const chance = chanceFrom(21)
    let missed = 0
    for (let run = 0; run < 300; run += 1) {
      let classes: readonly ShareClass[] = []
      for (let spell = 0; spell < 30; spell += 1) {
        const candidate = 50 * 2 ** (spell % 7)
        classes = withShares(classes, {
          candidate,
          candidateHits: binomial(chance, candidate, 0.03),
          baseline: 1_000,
          baselineHits: binomial(chance, 1_000, 0.02),
        })
      }
      const { low, high } = plausibleRatio(classes, 1) ?? { low: 9, high: 0 }
      if (low > 1.5 || high < 1.5) missed += 1
    }
    expect(missed).toBeLessThanOrEqual(15)
  })

  test('without a failure every ratio is plausible, and no more classes are kept than said', () => {
    expect(plausibleRatio([], 1)).toBeNull()
    let classes: readonly ShareClass[] = []
    for (let at = 0; at < 30; at += 1)
      classes = withShares(classes, { candidate: 2 ** at, candidateHits: 0, baseline: 1, baselineHits: 0 })
    expect(classes).toHaveLength(8)
  })
})
