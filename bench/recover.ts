// How long a server that was killed needs until it answers that it is ready and does what is due: a thousand services,
// a million events, killed just before every service's next snapshot.
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { scratchFolder } from '../test/kit/scratch-repository.ts'
import { freePort } from '../test/e2e/parts/installation.ts'
import { defaultPaces } from '../src/coordinator/ports.ts'
import { SNAPSHOT_SHAPE } from '../src/coordinator/streams.ts'
import { atMost, type Bench, quantile, rounded } from './parts/figure.ts'

const SERVICES = 1_000
const EVENTS = 1_000_000
const RUNS = 5
const LIMIT_MS = 2_000
const GIVE_UP_MS = 120_000
/** After the first act: what is due is done, and nothing of it may be done twice. */
const GOES_ON_MS = 3_000
const STORE = 'events.sqlite'

export const bench: Bench = async (say) => {
  const history = await historyOf(say)
  const folder = scratchFolder('recover')
  try {
    const runs = []
    const compiled = join(folder, 'compiled')
    // What is installed is JavaScript. The sources here lose their types once, in a first run that is not counted.
    for (let run = 0; run <= RUNS; run += 1) {
      const state = join(folder, `run-${run}`)
      mkdirSync(state)
      for (const end of ['', '-wal'])
        if (existsSync(join(history, `${STORE}${end}`)))
          copyFileSync(join(history, `${STORE}${end}`), join(state, `${STORE}${end}`))
      const one = { ...(await recover(state, compiled)), ...check(state, history) }
      if (run > 0) runs.push(one)
      say(`run ${run}: ${JSON.stringify(one)}`)
      rmSync(state, { recursive: true })
    }
    const tookMs = runs.map(({ readyMs, actedMs }) => Math.max(readyMs, actedMs))
    const bytes = statSync(join(history, STORE)).size
    return {
      figures: [
        atMost('start to ready and first due act, worst', Math.max(...tookMs), LIMIT_MS, 'ms'),
        atMost('start to ready and first due act, median', quantile(tookMs, 0.5), LIMIT_MS, 'ms'),
        atMost('acknowledged events lost', sum(runs.map(({ lost }) => lost)), 0, ''),
        atMost('things done twice', sum(runs.map(({ twice }) => twice)), 0, ''),
      ],
      notes: [
        `${SERVICES} services, ${EVENTS} events, ${rounded(bytes / 1024 ** 2)} MiB, in the page cache; ${RUNS} runs, ` +
          `from the start of the process: ready ${runs.map(({ readyMs }) => readyMs).join(', ')} ms, ` +
          `first act ${runs.map(({ actedMs }) => actedMs).join(', ')} ms; ` +
          `CPU until it was recovered ${runs.map(({ cpuMs }) => cpuMs).join(', ')} ms.`,
        'The outside answers at once, so that what is measured is the recovery and not the services. The server starts ' +
          'from compiled code, as an installed one does.',
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Made once and kept in the temporary folder: it takes minutes. */
async function historyOf(say: (sentence: string) => void): Promise<string> {
  const shape = `${SNAPSHOT_SHAPE}-${defaultPaces.snapshotEvery}`
  const kept = join(tmpdir(), `sluice-bench-history-${SERVICES}-${EVENTS}-${shape}`)
  if (existsSync(join(kept, 'acknowledged.json'))) return kept
  say('the history is made first; this takes minutes, and is kept for the next time')
  const draft = `${kept}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft)
  const script = join(import.meta.dirname, 'parts', 'make-history.ts')
  const args = [join(draft, STORE), String(SERVICES), String(EVENTS), join(draft, 'acknowledged.json')]
  await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (!existsSync(join(draft, 'acknowledged.json'))) throw new Error('the history was not made')
  rmSync(kept, { recursive: true, force: true })
  renameSync(draft, kept)
  return kept
}

type Recovery = { readonly readyMs: number; readonly actedMs: number; readonly cpuMs: number }

async function recover(state: string, compiled: string): Promise<Recovery> {
  const port = await freePort()
  const script = join(import.meta.dirname, 'parts', 'recovering-server.ts')
  const startedAt = Date.now()
  const child = spawn(process.execPath, [script, state, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
  })
  try {
    const [acted, recovered] = [said(child, 'acted'), said(child, 'recovered')]
    const readyAt = await untilReady(port)
    const [actedAt = 0] = await acted
    const [, cpuMs = 0] = await recovered
    await sleep(GOES_ON_MS)
    return { readyMs: readyAt - startedAt, actedMs: actedAt - startedAt, cpuMs }
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

/** The numbers that the server says after a word. */
function said(child: ChildProcess, word: string): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    let all = ''
    child.stdout?.on('data', (bytes: Buffer) => {
      all += bytes.toString('utf8')
      const numbers = new RegExp(`^${word} ([\\d ]+)$`, 'm').exec(all)?.[1]
      if (numbers !== undefined) resolve(numbers.split(' ').map(Number))
    })
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${all}`)))
  })
}

async function untilReady(port: number): Promise<number> {
  const endAt = performance.now() + GIVE_UP_MS
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return Date.now()
    if (performance.now() > endAt) throw new Error(`it was not ready after ${GIVE_UP_MS} ms`)
    await sleep(5)
  }
}

function check(state: string, history: string): { readonly lost: number; readonly twice: number } {
  const acknowledged = JSON.parse(readFileSync(join(history, 'acknowledged.json'), 'utf8')) as Record<
    string,
    number
  >
  const store = new DatabaseSync(join(state, STORE), { readOnly: true })
  try {
    const heads = store
      .prepare(
        'SELECT s.name, max(e.version) AS head, count(*) AS events FROM events e JOIN streams s ON s.id = e.stream GROUP BY s.id',
      )
      .all()
    const kept = new Map(
      heads.map((row) => [String(row['name']), Math.min(Number(row['head']), Number(row['events']))]),
    )
    const lost = Object.entries(acknowledged).map(([stream, version]) =>
      Math.max(0, version - (kept.get(stream) ?? 0)),
    )
    const twice = store
      .prepare(
        `SELECT count(*) AS twice FROM (
           SELECT 1 FROM events WHERE type IN ('rollout-started', 'build-succeeded', 'rollout-completed')
           GROUP BY stream, type, data ->> '$.stage', coalesce(data ->> '$.rollout', data ->> '$.release')
           HAVING count(*) > 1)`,
      )
      .get()
    return { lost: sum(lost), twice: Number(twice?.['twice']) }
  } finally {
    store.close()
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
