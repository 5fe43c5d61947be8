// The router beside HAProxy, nginx and Caddy: the same upstream, the same work, one process each. What counts is
// requests per second of the proxy's own CPU time, which a busy machine disturbs least; each round measures all of
// them in turn, and ratios are taken within a round.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, type Bench, type Figure, quantile, rounded } from './parts/figure.ts'
import { openLoop } from './parts/open-loop.ts'
import { CUSTOMERS, freePort, proxies, type Running, startUpstream } from './parts/proxies.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const SECONDS = Number(process.env['SECONDS'] ?? 4)
const WARM_SECONDS = 2
const CONNECTIONS = 32
const OPEN_CONNECTIONS = 64
/** USER_HZ on every Linux there is. */
const TICKS_PER_SECOND = 100
const GOALS = { HAProxy: 0.5, Caddy: 2, nginx: undefined } as const

type Measured = { readonly perCpuSecond: number; readonly perSecond: number; readonly errors: number }
type Late = { readonly p50Us: number; readonly p99Us: number; readonly failed: number }

export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-router-'))
  const running: Running[] = []
  try {
    const upstream = await startUpstream(folder)
    running.push(upstream)
    const sides = new Map<string, Running>()
    for (const proxy of proxies()) {
      const side = await proxy.start({ folder, upstream: upstream.port, port: await freePort() })
      running.push(side)
      sides.set(proxy.name, side)
    }
    const script = wrkScript(folder)
    for (const side of sides.values()) await closedLoop(side, script, WARM_SECONDS)
    const rounds: Map<string, Measured>[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured = new Map<string, Measured>()
      for (const [name, side] of sides) measured.set(name, await closedLoop(side, script, SECONDS))
      rounds.push(measured)
      say(
        `round ${round}: ${[...measured].map(([name, { perCpuSecond }]) => `${name} ${rounded(perCpuSecond)}`).join(', ')}`,
      )
    }
    const late = await lateness(sides, rounds, folder, say)
    return { figures: [...ratios(rounds), ...late], notes: notesOf(rounds, sides) }
  } finally {
    for (const each of running.toReversed()) await each.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function ratios(rounds: readonly ReadonlyMap<string, Measured>[]): readonly Figure[] {
  return Object.entries(GOALS).flatMap(([name, goal]) => {
    const pairs = rounds.flatMap((round) => {
      const [ours, theirs] = [round.get('ours'), round.get(name)]
      return ours && theirs ? [{ ours: ours.perCpuSecond, rival: theirs.perCpuSecond }] : []
    })
    const middle = pairs.toSorted((a, b) => a.ours / a.rival - b.ours / b.rival)[Math.floor(pairs.length / 2)]
    if (middle === undefined) return []
    const ratio = middle.ours / middle.rival
    return [
      {
        name: `requests per CPU-second, beside ${name}`,
        ours: rounded(middle.ours),
        rival: rounded(middle.rival),
        ratio: rounded(ratio),
        goal: goal === undefined ? 'told only' : `ratio >= ${goal}`,
        holds: goal === undefined || ratio >= goal,
      },
    ]
  })
}

/** p99 with an open loop at half of what HAProxy can do; the middle of the rounds' ratios. */
async function lateness(
  sides: ReadonlyMap<string, Running>,
  rounds: readonly ReadonlyMap<string, Measured>[],
  folder: string,
  say: (sentence: string) => void,
): Promise<readonly Figure[]> {
  const load = openLoop(folder)
  const most = quantile(
    rounds.map((round) => round.get('HAProxy')?.perSecond ?? 0),
    0.5,
  )
  if (load === undefined || most === 0) return []
  const perSecond = Math.round(most / 2)
  const pairs: { readonly ours: Late; readonly rival: Late }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen: Late[] = []
    for (const name of ['ours', 'HAProxy']) {
      const port = sides.get(name)?.port ?? 0
      seen.push(await load({ port, perSecond, seconds: SECONDS, connections: OPEN_CONNECTIONS }))
    }
    const [ours, rival] = seen
    if (ours === undefined || rival === undefined) continue
    pairs.push({ ours, rival })
    say(
      `open loop at ${perSecond}/s: ours p50 ${ours.p50Us} p99 ${ours.p99Us} us, HAProxy p50 ${rival.p50Us} p99 ${rival.p99Us} us`,
    )
  }
  const middle = pairs.toSorted((a, b) => a.ours.p99Us / a.rival.p99Us - b.ours.p99Us / b.rival.p99Us)[
    Math.floor(pairs.length / 2)
  ]
  if (middle === undefined) return []
  const { ours, rival } = middle
  const ratio = ours.p99Us / rival.p99Us
  const failed = pairs.reduce((sum, pair) => sum + pair.ours.failed, 0)
  return [
    {
      name: `p99 at ${perSecond} requests a second, microseconds`,
      ours: ours.p99Us,
      rival: rival.p99Us,
      ratio: rounded(ratio),
      goal: 'ratio <= 1.5',
      holds: ratio <= 1.5,
    },
    atMost('requests that failed in the open loop', failed, 0, ''),
  ]
}

function notesOf(
  rounds: readonly ReadonlyMap<string, Measured>[],
  sides: ReadonlyMap<string, Running>,
): readonly string[] {
  const lines = [...sides].map(([name, { pid }]) => {
    const all = rounds.flatMap((round) => round.get(name) ?? [])
    const middle = (of: (one: Measured) => number) => rounded(quantile(all.map(of), 0.5))
    const errors = all.reduce((sum, one) => sum + one.errors, 0)
    return `${name}: ${middle((one) => one.perCpuSecond)} requests per CPU-second, ${middle((one) => one.perSecond)} a second with ${CONNECTIONS} connections, ${errors} errors, ${rssMib(pid)} MiB.`
  })
  return [
    `${ROUNDS} rounds of ${SECONDS} s, all in turn; each logs every request, looks up one of ${CUSTOMERS} customers and counts per release. The upstream is a HAProxy that answers by itself. Middle of the rounds' ratios.`,
    ...lines,
  ]
}

function wrkScript(folder: string): string {
  const file = join(folder, 'customers.lua')
  writeFileSync(
    file,
    `local n = 0
request = function()
  n = n + 1
  return "GET / HTTP/1.1\\r\\nHost: shop.localhost\\r\\nX-Customer: customer-" .. (n % ${CUSTOMERS}) .. "\\r\\n\\r\\n"
end
`,
  )
  return file
}

async function closedLoop({ pid, port }: Running, script: string, seconds: number): Promise<Measured> {
  const before = cpuTicks(pid)
  const said = await output('wrk', [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}/`,
  ])
  const cpuSeconds = (cpuTicks(pid) - before) / TICKS_PER_SECOND
  const [, requests = '0', took = '1'] = /(\d+) requests in ([\d.]+)s/.exec(said) ?? []
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(said)?.[1] ?? '0'
  const broken = /Socket errors: (.*)/.exec(said)?.[1]?.match(/\d+/g) ?? []
  return {
    perCpuSecond: Number(requests) / cpuSeconds,
    perSecond: Number(requests) / Number(took),
    errors: Number(bad) + broken.reduce((sum, count) => sum + Number(count), 0),
  }
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function rssMib(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return Math.round(Number(kb) / 1024)
}

function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()))
    child.once('error', reject)
    child.once('close', () => resolve(said))
  })
}
