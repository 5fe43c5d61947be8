// Tracks, rules, ramps and tables change all the time while customers ask. Each answer is held
// against the plans that were in force between question and answer. Short here; `SOAK_MS=3600000` makes it an hour.
import { Agent, request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import type { EnvironmentPlan } from '../../src/domain/traffic/plan.ts'
import type { RouteRule } from '../../src/domain/traffic/route-rule.ts'
import { stickySplit } from '../../src/domain/traffic/sticky-split.ts'
import { arm, startLab, startRelease, systemClock } from './router-lab.ts'

const SOAK_MS = Number(process.env['SOAK_MS'] ?? 5_000)
const CUSTOMERS = Array.from({ length: 24 }, (_, at) => `customer-${at}`)
const RELEASES = [22, 23, 24, 25] as const
const ANSWERS_MIN = 100
const SALT = 'soak'

/** The same changes in the same order every time. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

type World = {
  readonly personal: ReadonlyMap<string, string>
  readonly tracks: ReadonlyMap<string, number>
  readonly ramp: number
}
type Spell = { readonly world: World; readonly fromMs: number; untilMs: number }

/** What the plan means, read by hand and not by the code under test but for the hash. */
function meant({ personal, tracks, ramp }: World, customer: string): number {
  const track = personal.get(customer)
  const release = track === undefined ? undefined : tracks.get(track)
  if (release !== undefined) return release
  return stickySplit(SALT, customer, [arm(22, 100 - ramp, []), arm(23, ramp, [])])?.release ?? 0
}

function ruleOf([customer, track]: readonly [string, string]): RouteRule {
  const when = [{ attribute: { from: 'customer' }, test: { op: 'is', value: customer } }] as const
  const id = `r-${customer}`
  return {
    id,
    when,
    percent: 100,
    salt: id,
    to: { track },
    expiresAt: null,
    reason: 'soak',
    by: 'a',
    since: 0,
  }
}

function next(world: World, draw: (below: number) => number): World {
  const customer = CUSTOMERS[draw(CUSTOMERS.length)] ?? ''
  const track = ['beta', 'experimental'][draw(2)] ?? 'beta'
  const what = draw(4)
  if (what === 0) return { ...world, personal: new Map(world.personal).set(customer, track) }
  if (what === 1) {
    const personal = new Map(world.personal)
    personal.delete([...personal.keys()][0] ?? '')
    return { ...world, personal }
  }
  if (what === 2) return { ...world, tracks: new Map(world.tracks).set(track, RELEASES[draw(4)] ?? 22) }
  return { ...world, ramp: [0, 10, 25, 50, 100][draw(5)] ?? 0 }
}

function ask(port: number, agent: Agent, customer: string): Promise<{ status: number; release: number }> {
  return new Promise((resolve) => {
    const headers = { host: 'shop.localhost', 'x-customer': customer }
    const asked = request({ host: '127.0.0.1', port, agent, headers })
    asked.on('error', () => resolve({ status: 0, release: 0 }))
    asked.on('response', (answer) => {
      answer.resume()
      answer.on('close', () =>
        resolve({ status: answer.statusCode ?? 0, release: Number(answer.headers['x-sluice-release']) }),
      )
    })
    asked.end()
  })
}

test('every answer comes from a version that was meant for its customer', {
  timeout: SOAK_MS + 60_000,
}, async () => {
  const lab = await startLab()
  const started = await Promise.all(
    RELEASES.map(async (release) => ({
      release,
      ports: await Promise.all([1, 2].map(async () => (await startRelease(String(release))).port)),
    })),
  )
  const base = { salt: SALT, userKey: { from: 'header', name: 'x-customer' } } as const
  const planOf = (world: World): Partial<EnvironmentPlan> & Pick<EnvironmentPlan, 'arms'> => ({
    ...base,
    arms: started.map(({ release, ports }) =>
      arm(release, release === 22 ? 100 - world.ramp : release === 23 ? world.ramp : 0, ports),
    ),
    tracks: [...world.tracks].map(([track, release]) => ({
      track,
      shares: [{ release, weightPercent: 100 }],
    })),
    rules: [...world.personal].map(ruleOf),
  })
  const spells: Spell[] = []
  const draw = draws(20_261_121)
  let world: World = { personal: new Map(), tracks: new Map([['beta', 24]]), ramp: 0 }
  const put = async (wanted: World) => {
    const before = spells.at(-1)
    spells.push({ world: wanted, fromMs: performance.now(), untilMs: Infinity })
    await lab.apply(planOf(wanted))
    if (before !== undefined) before.untilMs = performance.now()
  }
  await put(world)
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const endMs = performance.now() + SOAK_MS
  const wrong: string[] = []
  let answered = 0
  const lane = async (customer: string): Promise<void> => {
    while (performance.now() < endMs) {
      const sentMs = performance.now()
      const { status, release } = await ask(lab.port, agent, customer)
      const atMs = performance.now()
      const allowed = spells.filter(({ fromMs, untilMs }) => fromMs <= atMs && untilMs >= sentMs)
      answered += 1
      if (status !== 200) wrong.push(`${customer}: status ${status}`)
      else if (!allowed.some((spell) => meant(spell.world, customer) === release))
        wrong.push(
          `${customer} got ${release}, meant ${allowed.map((one) => meant(one.world, customer)).join(' or ')}`,
        )
      // An hour of spells need not be looked through for each answer.
      while ((spells[0]?.untilMs ?? Infinity) < atMs - 30_000) spells.shift()
    }
  }
  const lanes = CUSTOMERS.map(lane)
  let changes = 0
  while (performance.now() < endMs) {
    world = next(world, draw)
    await put(world)
    changes += 1
    await systemClock.sleep(5)
  }
  await Promise.all(lanes)
  expect(wrong.slice(0, 5)).toEqual([])
  expect(wrong).toHaveLength(0)
  expect(answered).toBeGreaterThan(ANSWERS_MIN)
  expect(changes).toBeGreaterThan(10)
  if (SOAK_MS > 60_000) console.log(`${answered} answers over ${changes} plans, none wrong`)
})
