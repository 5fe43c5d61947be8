// What users notice when routers die or are restarted: `node scripts/router-gap.ts --times 20 --per-second 50`. Requests come at a fixed
// rate, each over a connection of its own, whatever became of those before (open loop); beside them users with kept
// connections. Prints, for each way to lose a router, what failed and for how long after it; and the same while nothing
// happens, for a machine that is too busy loses requests by itself.
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { until } from '../test/kit/until.ts'
import { live } from '../test/e2e/parts/board-looks.ts'
import { installation, type Installation } from '../test/e2e/parts/installation.ts'
import { listensOn, programs } from '../test/e2e/parts/processes.ts'
import { shopRepository } from '../test/e2e/parts/shop-repository.ts'
import { steadyLoad } from '../test/e2e/parts/steady-load.ts'

const HOST = 'shop.localhost'
const QUIET_MS = 1_500
const ANSWER_MS_MAX = 5_000

type Miss = { readonly startedMs: number; readonly endedMs: number; readonly what: string }
type Way = {
  readonly name: string
  readonly signal: NodeJS.Signals
  /** How many of the two routers; none: what the machine itself does to requests. */
  readonly count: 0 | 1 | 2
}

const WAYS: readonly Way[] = [
  { name: 'nothing happens', signal: 'SIGTERM', count: 0 },
  { name: 'one of two is told to end', signal: 'SIGTERM', count: 1 },
  { name: 'one of two is killed', signal: 'SIGKILL', count: 1 },
  { name: 'both are killed at once', signal: 'SIGKILL', count: 2 },
]

/** Fresh connections at a fixed rate; a late timer catches up, so that a pause of ours hides nothing. */
function openLoop(
  port: number,
  perSecond: number,
): { readonly misses: readonly Miss[]; sent(): number; stop(): Promise<void> } {
  const misses: Miss[] = []
  const open = new Set<Promise<void>>()
  const began = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - began) / 1_000) * perSecond; sent++) {
      const asked = ask(port, misses).finally(() => open.delete(asked))
      open.add(asked)
    }
  }, 2)
  return {
    misses,
    sent: () => sent,
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
    },
  }
}

function ask(port: number, misses: Miss[]): Promise<void> {
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const missed = (what: string): void => {
      misses.push({ startedMs, endedMs: performance.now(), what })
      resolve()
    }
    const asked = request({
      host: '127.0.0.1',
      port,
      headers: { host: HOST },
      agent: false,
      timeout: ANSWER_MS_MAX,
    })
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })))
    asked.on('error', (error: NodeJS.ErrnoException) => missed(error.code ?? error.message))
    asked.on('response', (answer) => {
      answer.resume()
      answer.on('error', (error: NodeJS.ErrnoException) => missed(error.code ?? error.message))
      answer.on('end', () => (answer.statusCode === 200 ? resolve() : missed(String(answer.statusCode))))
    })
    asked.end()
  })
}

async function bothServe({ state, routerPort }: Installation): Promise<readonly number[]> {
  return until('two routers listen', () => {
    const routers = programs('router', state).filter((pid) => listensOn(pid, routerPort))
    return routers.length === 2 && routers
  })
}

async function lose(
  at: Installation,
  { name, signal, count }: Way,
  { times, perSecond }: { readonly times: number; readonly perSecond: number },
): Promise<unknown> {
  const fresh = openLoop(at.routerPort, perSecond)
  const kept = steadyLoad({
    port: at.routerPort,
    users: { [HOST]: 10 },
    pauseMs: 20,
    postEvery: 1e9,
    slowEvery: 1e9,
  })
  const gaps: number[] = []
  const back: number[] = []
  for (let time = 0; time < times; time++) {
    const routers = await bothServe(at)
    // A keeper starts at once what ran for ten seconds; who dies sooner is waited for longer.
    await sleep(10_500)
    const seen = fresh.misses.length
    const atMs = performance.now()
    for (const pid of routers.slice(0, count)) process.kill(pid, signal)
    await until('the routers are other ones', () =>
      programs('router', at.state).every((pid) => !routers.slice(0, count).includes(pid)),
    )
    await bothServe(at)
    back.push(performance.now() - atMs)
    await sleep(QUIET_MS)
    const after = fresh.misses.slice(seen)
    gaps.push(after.length === 0 ? 0 : Math.max(...after.map(({ endedMs }) => endedMs)) - atMs)
  }
  await fresh.stop()
  await kept.stop()
  return {
    way: name,
    times,
    fresh: { sent: fresh.sent(), failed: fresh.misses.length, by: counted(fresh.misses) },
    kept: { answered: kept.answered(), failed: kept.failures.length, by: counted(kept.failures) },
    gapMs: spread(gaps),
    bothBackMs: spread(back),
  }
}

function counted(misses: readonly { readonly what: string }[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...Map.groupBy(misses, ({ what }) => what)].map(([what, of]) => [what, of.length]),
  )
}

function spread(values: readonly number[]): Readonly<Record<string, number>> {
  const sorted = values.toSorted((left, right) => left - right).map(Math.round)
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { least: at(0), median: at(0.5), most: at(1) }
}

const { values } = parseArgs({
  options: { times: { type: 'string', default: '10' }, 'per-second': { type: 'string', default: '50' } },
})
const amount = { times: Number(values.times), perSecond: Number(values['per-second']) }
const at = await installation()
const pipeline = `[{ stage: 'production', instances: 2, rollout: 'all-at-once', watch: '0s' }]`
const shop = shopRepository({ apiPort: at.apiPort, routerPort: at.routerPort, pipeline })
try {
  shop.change()
  const up = await at.up(shop.folder)
  if (up.code !== 0) throw new Error(up.stderr || up.stdout)
  await live(at, 'shop', 'production', 1)
  for (const way of WAYS) console.log(JSON.stringify(await lose(at, way, amount)))
} finally {
  await at.remove()
  shop.remove()
}
