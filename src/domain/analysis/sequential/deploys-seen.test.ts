import { describe, expect, test } from 'vitest'
import type { Tick } from '../tick.ts'
import { arm, tick, WELL } from '../testing/ticks.ts'
import { warmUpSeen, withDeploys, type DeploySeen } from './deploys-seen.ts'
import { warmUpTimes } from './warm-up.ts'

type Deploy = {
  readonly release: number
  /** How many times the usual it fails in a second of its age. */
  readonly times: (second: number) => number
  readonly isGood?: boolean
  readonly more?: Partial<Tick>
  readonly growsAt?: number
}

/** Ten minutes of one box beside nine, 2 % errors, then everything or nothing. */
function deployed(deploys: readonly DeploySeen[], { release, times, isGood = true, more, growsAt }: Deploy) {
  let seen = deploys
  for (let second = 0; second < 600; second += 1) {
    const ready = growsAt !== undefined && second >= growsAt ? 5 : 1
    seen = withDeploys(
      seen,
      tick(
        [
          arm(release - 1, 90, { requests: 900, errors: 18, instances: { ...WELL, ready: 9 } }),
          arm(release, 10, {
            requests: 100,
            errors: Math.round(2 * times(second)),
            instances: { ...WELL, ready },
          }),
        ],
        more,
      ),
    )
  }
  const end = isGood ? [arm(release, 100, { requests: 1_000 })] : [arm(release - 1, 100, { requests: 1_000 })]
  return withDeploys(seen, tick(end))
}

const warming = (second: number): number => (second < 60 ? 4 : 1)
const after = (...deploys: readonly Deploy[]): readonly DeploySeen[] =>
  deploys.reduce<readonly DeploySeen[]>(deployed, [])
const three = (times: Deploy['times'], more: Partial<Deploy> = {}): readonly Deploy[] =>
  [2, 3, 4].map((release) => ({ release, times, ...more }))

describe('what new boxes showed in earlier deploys', () => {
  test('a minute of four times the errors is learned, and nothing after it', () => {
    const warmUp = warmUpSeen(after(...three(warming)), [5]) ?? []
    expect(warmUpTimes(warmUp, 10_000)).toBeGreaterThan(3.9)
    expect(warmUpTimes(warmUp, 10_000)).toBeLessThan(6)
    expect(warmUpTimes(warmUp, 130_000)).toBe(1)
  })

  test('boxes that are well from the first second need no allowance', () => {
    expect(warmUpSeen(after(...three(() => 1)), [5])).toEqual([])
  })
})

describe('nothing is learned', () => {
  test.each<[string, readonly Deploy[]]>([
    ['from two deploys', three(warming).slice(0, 2)],
    ['from deploys that were turned back', three(warming, { isGood: false })],
    ['from a service that hardly ever fails', three(() => 0)],
    ['from what was seen on hold', three(warming, { more: { held: true } })],
    ['while no router told anything', three(warming, { more: { routerSeen: false } })],
  ])('%s', (name, deploys) => {
    const silent = name.includes('hardly')
    const seen = silent
      ? deploys.reduce<readonly DeploySeen[]>((list, deploy) => deployedQuietly(list, deploy.release), [])
      : after(...deploys)
    expect(warmUpSeen(seen, [9])).toBeNull()
  })

  test('from the release that is on trial', () => {
    expect(warmUpSeen(after(...three(warming)), [4])).toBeNull()
  })
})

function deployedQuietly(deploys: readonly DeploySeen[], release: number): readonly DeploySeen[] {
  const quiet = tick([arm(release - 1, 90, { requests: 900 }), arm(release, 10, { requests: 100 })])
  const seen = Array.from({ length: 600 }).reduce<readonly DeploySeen[]>(
    (list) => withDeploys(list, quiet),
    deploys,
  )
  return withDeploys(seen, tick([arm(release, 100, { requests: 1_000 })]))
}

test('when more boxes come, their ages are mixed and nothing more is learned', () => {
  const [deploy] = after({ release: 2, times: warming, growsAt: 90 })
  expect(deploy?.steps.map(({ ageMs }) => ageMs)).toEqual([0, 30_000, 60_000])
})

test('only the last few deploys are kept, however many there were', () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ release: at + 2, times: warming }))
  const seen = after(...many)
  expect(seen.length).toBeLessThanOrEqual(8)
  expect(seen.at(-1)?.release).toBe(21)
  expect(JSON.stringify(seen).length).toBeLessThan(20_000)
})

test('a tick that changes nothing gives the very same list', () => {
  const seen = after(...three(warming))
  expect(withDeploys(seen, tick([arm(4, 100, { requests: 10 })]))).toBe(seen)
})
