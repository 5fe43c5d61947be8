// The builder: free customers on 23, paying ones on 22, one on experimental; five versions pushed to that one.
import { type Callers, startCallers } from './callers.ts'
import { few, gets, type Hands, press, PRODUCTION, wait } from './stage.ts'

const SERVICE = 'builder'
const CSV = 'customer,plan\nacme,paying\nhuge,paying\nlarge,paying\ntiny,free\nsmall,free\n'
const PAYING = ['huge', 'large']
const FREE = ['tiny', 'small']
const ACME = 'acme'
/** One after the other; all but the last still fail for them. */
const PUSHES = ['24.1', '24.2', '24.3', '24.4', '24.5'] as const
const MINUTES_MAX = 15
/** Requests of each version that make its error rate worth reading. */
const SEEN_ENOUGH = 10
const SEEN_MS_MAX = 30_000
const BACK_MS_MAX = 5_000

export async function playBuilder(hands: Hands): Promise<void> {
  hands.chapter('The builder: a tag for each customer')
  const callers = startCallers({
    port: hands.program.routerPort,
    host: 'builder.localhost',
    header: 'x-customer',
    names: [ACME, ...PAYING, ...FREE],
    pauseMs: 50,
  })
  hands.closing.push(() => callers.stop())
  await plans(hands, callers)
  const from = callers.answers.length
  const startedAt = Date.now()
  await fivePushes(hands, callers)
  await measured(hands, startedAt)
  await backByTag(hands, callers)
  othersNeverMoved(hands, callers, from)
}

async function plans(hands: Hands, callers: Callers): Promise<void> {
  await gets(hands, callers, 'huge', '22')
  hands.say('Everybody is on 22, which is stable.')
  await hands.program.client.pushLookup(SERVICE, 'customers', 'customer', new Blob([CSV]).stream())
  await hands.repository.branch({ branch: 'v23', version: '23' })
  await press(hands, SERVICE, 'deploy', {
    stage: PRODUCTION,
    commit: 'v23',
    track: 'beta',
    reason: 'new cache',
  })
  await press(hands, SERVICE, 'add-route', {
    stage: PRODUCTION,
    when: [
      {
        attribute: { from: 'lookup', table: 'customers', column: 'plan' },
        test: { op: 'is', value: 'free' },
      },
    ],
    to: { track: 'beta' },
    forMs: null,
    reason: 'the free plan first',
  })
  for (const who of FREE) await gets(hands, callers, who, '23')
  hands.say('The free plan is on 23 now, and the paying one stays on 22.')
}

async function fivePushes(hands: Hands, callers: Callers): Promise<void> {
  const startedMs = performance.now()
  await press(hands, SERVICE, 'add-route', {
    stage: PRODUCTION,
    when: [{ attribute: { from: 'customer' }, test: { op: 'is', value: ACME } }],
    to: { track: 'experimental' },
    forMs: 7_200_000,
    reason: 'they see the bug',
  })
  for (const version of PUSHES) {
    const branch = `fix-${version}`
    const isLast = version === PUSHES.at(-1)
    await hands.repository.branch({ branch, version, failsFor: isLast ? [] : [ACME] })
    await press(hands, SERVICE, 'deploy', {
      stage: PRODUCTION,
      commit: branch,
      track: 'experimental',
      reason: `try ${version}`,
    })
    await gets(hands, callers, ACME, version)
    await wait(hands, `${SEEN_ENOUGH} builds by ${version}`, () => of(callers, version) >= SEEN_ENOUGH)
    hands.say(`acme is on ${version}${isLast ? ', and it works.' : '. It still fails.'}`)
  }
  const minutes = (performance.now() - startedMs) / 60_000
  hands.claim(
    `five versions reached one customer within ${MINUTES_MAX} minutes`,
    minutes <= MINUTES_MAX ? undefined : `${minutes.toFixed(1)} minutes`,
  )
}

function of(callers: Callers, version: string): number {
  return callers.answers.filter((one) => one.version === version).length
}

async function measured(hands: Hands, startedAt: number): Promise<void> {
  const { client } = hands.program
  const read = async (by: readonly string[], only?: string) =>
    (await client.measures(SERVICE, PRODUCTION, { by, from: startedAt - 60_000, only })).rows
  let experimental: Awaited<ReturnType<typeof read>> = []
  // The last second is on its way.
  const endMs = performance.now() + SEEN_MS_MAX
  do {
    const acme = await read(['release'], `customer:${ACME}`)
    experimental = acme.filter(({ name }) => name?.includes('+') === true)
    await hands.witness.refresh()
  } while (experimental.length < PUSHES.length && performance.now() < endMs)
  hands.say('The error rate per version, for acme:')
  for (const { name, requests, errorRate } of experimental)
    hands.say(`  ${name}: ${Math.round(errorRate * 100)}% of ${requests}`)
  const broken = experimental.filter(({ errorRate }) => errorRate === 1).length
  const well = experimental.filter(({ errorRate, requests }) => errorRate === 0 && requests > 0).length
  hands.claim(
    'the error rate per version tells the four versions that fail for acme from the one that does not',
    broken === PUSHES.length - 1 && well >= 1 ? undefined : JSON.stringify(experimental),
  )
  const byPlan = await read(['release', 'plan'])
  const free = byPlan.filter(({ value, name }) => value === 'free' && name !== '#1')
  hands.claim(
    'by plan, the free customers were measured on their own version, without an error',
    free.length === 1 && free[0]?.errors === 0 ? undefined : JSON.stringify(byPlan),
  )
}

async function backByTag(hands: Hands, callers: Callers): Promise<void> {
  await press(hands, SERVICE, 'undo-track', {
    stage: PRODUCTION,
    track: 'experimental',
    reason: 'to compare',
  })
  await gets(hands, callers, ACME, '24.4')
  await press(hands, SERVICE, 'undo-track', {
    stage: PRODUCTION,
    track: 'experimental',
    reason: 'it was better',
  })
  const pressedMs = performance.now()
  await gets(hands, callers, ACME, '24.5')
  const late = callers.answers.filter(
    ({ who, version, sentMs }) => who === ACME && version === '24.4' && sentMs > pressedMs + BACK_MS_MAX,
  )
  hands.say('One tag moved back and forth again; what it leads to was running all the time.')
  hands.claim(
    `a tag that is moved back is in force within ${BACK_MS_MAX / 1_000} s`,
    few(late.map(({ version }) => version)),
  )
}

function othersNeverMoved(hands: Hands, callers: Callers, from: number): void {
  const since = callers.answers.slice(from)
  const wrong = since.filter(
    ({ who, version, status }) =>
      (PAYING.includes(who) && version !== '22') ||
      (FREE.includes(who) && version !== '23') ||
      (who !== ACME && status !== 200),
  )
  hands.claim(
    'meanwhile no other customer was moved, and none met an error',
    few(wrong.map(({ who, version, status }) => `${who} got ${status} from ${version || 'nobody'}`)),
  )
}
