import { describe, expect, test } from 'vitest'
import { judgeStream, type StreamLine } from './recorded-stream.ts'
import { binomial, chanceFrom, poisson } from './sequential/testing/chance.ts'

/** Ten minutes of nine boxes, then ten more with a tenth one on trial. */
function recorded(rate: number, seconds = 300): readonly StreamLine[] {
  const chance = chanceFrom(5)
  const lines: StreamLine[] = []
  for (let second = 1; second <= 600 + seconds; second += 1)
    for (let box = 0; box < (second <= 600 ? 9 : 10); box += 1) {
      const requests = poisson(chance, 10)
      const isOn = box === 9
      lines.push({
        atMs: second * 1_000,
        arm: isOn ? 'candidate' : 'baseline',
        instance: `box-${box}`,
        requests,
        errors: binomial(chance, requests, isOn ? rate : 0.005),
        latency: [[20, requests]],
        errorLines: 0,
      })
    }
  return lines
}

test('a recorded incident is found, with the moment and the words', () => {
  const found = judgeStream(recorded(0.3))
  expect(found).toMatchObject({ verdict: 'against', leftOut: { late: 0, twice: 0 } })
  expect((found.againstAtMs ?? 0) - 600_000).toBeLessThanOrEqual(40_000)
  expect(found.what).toContain('requests to #2 failed')
  expect(found.evidence).toBeGreaterThanOrEqual(found.limit)
})

test('a healthy recording is not stopped, and every metric is explained', () => {
  const found = judgeStream(recorded(0.005))
  expect(found).toMatchObject({ verdict: 'none', what: null, againstAtMs: null, isShownSafe: true })
  expect(found.explained).toHaveLength(4)
})

test('the same recording gives the same verdict to the bit', () => {
  expect(judgeStream(recorded(0.05))).toEqual(judgeStream(recorded(0.05)))
})

describe('bad input', () => {
  test('lines that come late or twice are left out and counted', () => {
    const good = recorded(0.005, 100)
    const first = good[0]!
    const found = judgeStream([...good, { ...good.at(-1)!, errors: 9 }, { ...first, errors: 10 }])
    expect(found.leftOut).toEqual({ late: 1, twice: 1 })
    expect({ ...found, leftOut: null }).toEqual({ ...judgeStream(good), leftOut: null })
  })

  test('numbers that cannot be are a hold, never a pass', () => {
    const broken = recorded(0.005, 20).map((line) =>
      line.arm === 'candidate' ? { ...line, errors: Number.NaN } : line,
    )
    expect(judgeStream(broken)).toMatchObject({ verdict: 'hold', isShownSafe: false })
  })

  test('a candidate without a baseline is judged by limits, and one without requests is shown nothing', () => {
    const alone = recorded(0.4, 60).filter(({ arm }) => arm === 'candidate')
    expect(judgeStream(alone).verdict).toBe('against')
    const idle = recorded(0.005, 60).map((line) =>
      line.arm === 'candidate' ? { ...line, requests: 0, errors: 0, latency: [] } : line,
    )
    expect(judgeStream(idle)).toMatchObject({ verdict: 'none', isShownSafe: false })
  })

  test('nothing at all is shown nothing', () => {
    expect(judgeStream([])).toMatchObject({ verdict: 'none', isShownSafe: false, ticks: 0 })
  })
})
