// Which version should handle this? For workers, queues and cron: asks the server once, hears of changes, decides by
// itself with the routers' own rules and hash, and goes on with its last plan while the server is away. It needs no
// package, and nothing of Node but fetch.
import { askedFacts, type AskedAbout } from '../domain/traffic/asked-facts.ts'
import { asByteText } from '../domain/traffic/byte-text.ts'
import { compileRoutes, type Routes } from '../domain/traffic/compile-routes.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'
import type { LookupTables, RequestFacts } from '../domain/traffic/request-facts.ts'
import { STABLE } from '../domain/traffic/route-rule.ts'
import { armAt, splitOrder, splitPoint } from '../domain/traffic/sticky-split.ts'

/** What is known of an event. Tables stay with the server: give the columns that rules ask for, by table. */
export type ResolveAbout = AskedAbout & {
  readonly lookups?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type Resolution = {
  /** Null: nothing runs that could handle it. */
  readonly release: number | null
  /** Null where a rule names the release itself. */
  readonly track: string | null
  /** The rule that won; null: nobody speaks of it, so it is `stable`. */
  readonly rule: string | null
  readonly generation: number
}

export type ResolveClientOptions = {
  /** Such as `http://127.0.0.1:7070`. */
  readonly server: string
  readonly service: string
  /** The last of the pipeline when left out. */
  readonly stage?: string
  readonly token?: string
  /** Keeps the last plan for a start without a server; a file, for example. */
  readonly keep?: { read(): Promise<string | null>; write(plan: string): Promise<void> }
  /** Told of what goes wrong on the way; it is tried again by itself. */
  readonly onTrouble?: (error: Error) => void
}

export interface ResolveClient {
  /** Microseconds, and no call to anybody. Null until a plan is known. */
  resolve(about: ResolveAbout): Resolution | null
  /** Resolves once a plan is known, from the server or as it was kept. */
  ready(): Promise<void>
  /** Called after each newer plan; the answer ends it. */
  onChange(listener: (generation: number) => void): () => void
  close(): void
}

const PAUSE_MS_MIN = 250
const PAUSE_MS_MAX = 10_000

type Share = { readonly release: number; readonly weightPercent: number }
type Known = {
  readonly plan: EnvironmentPlan
  readonly routes: Routes<Share> | null
  readonly stable: readonly Share[]
}

export function createResolveClient(options: ResolveClientOptions): ResolveClient {
  const ended = new AbortController()
  const listeners = new Set<(generation: number) => void>()
  let known: Known | undefined
  let markReady: () => void = () => {}
  const isReady = new Promise<void>((resolve) => {
    markReady = resolve
  })

  const take = (plan: EnvironmentPlan): void => {
    if (known && plan.generation <= known.plan.generation) return
    known = prepared(plan)
    markReady()
    for (const listener of listeners) listener(plan.generation)
  }
  const tell = (error: unknown): void =>
    options.onTrouble?.(error instanceof Error ? error : new Error(String(error)))

  const refresh = async (): Promise<void> => {
    const plan = await fetchPlan(options, known?.plan.generation ?? 0, ended.signal)
    if (!plan) return
    take(plan)
    await options.keep?.write(JSON.stringify(plan)).catch(tell)
  }

  const follow = async (): Promise<void> => {
    const kept = await options.keep?.read().catch(() => null)
    if (kept) take(JSON.parse(kept))
    let pauseMs = PAUSE_MS_MIN
    while (!ended.signal.aborted) {
      try {
        await refresh()
        for await (const _ of changes(options, ended.signal)) {
          pauseMs = PAUSE_MS_MIN
          await refresh()
        }
      } catch (error) {
        if (!ended.signal.aborted) tell(error)
      }
      await pause(pauseMs, ended.signal)
      pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)
    }
  }
  void follow().catch(tell)

  return {
    resolve: (about) => (known ? decided(known, about) : null),
    ready: () => isReady,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => ended.abort(),
  }
}

function prepared(plan: EnvironmentPlan): Known {
  const runs = new Set(
    plan.arms.filter(({ instances }) => instances.length > 0).map(({ release }) => release),
  )
  return {
    plan,
    routes: compileRoutes(plan, (share) => (runs.has(share.release) ? share : undefined)),
    stable: splitOrder(plan.arms.filter(({ release }) => runs.has(release))),
  }
}

function decided({ plan, routes, stable }: Known, about: ResolveAbout): Resolution {
  const facts = withOwnRow(askedFacts(about, plan))
  const won = routes?.choose(facts, tablesOf(about), Date.now())
  const arm = armAt(won?.split ?? stable, splitPoint(plan.salt, facts.subject()))
  return {
    release: arm?.release ?? null,
    track: won ? won.track : STABLE,
    rule: won?.rule.id ?? null,
    generation: plan.generation,
  }
}

/** Finds the only row there is: what whoever asks gave along. */
const OWN_ROW = { from: 'claim', name: 'own row' } as const

function withOwnRow(facts: RequestFacts): RequestFacts {
  return {
    ...facts,
    named: (from, name) => (from === OWN_ROW.from && name === OWN_ROW.name ? '' : facts.named(from, name)),
  }
}

function tablesOf({ lookups = {} }: ResolveAbout): LookupTables {
  return {
    get: (table) => {
      const row = Object.hasOwn(lookups, table) ? lookups[table] : undefined
      if (!row) return undefined
      return {
        key: OWN_ROW,
        cell: (_, column) => (Object.hasOwn(row, column) ? asByteText(row[column] ?? '') : undefined),
      }
    },
  }
}

async function fetchPlan(
  options: ResolveClientOptions,
  generation: number,
  signal: AbortSignal,
): Promise<EnvironmentPlan | undefined> {
  const { service, stage } = options
  const query = new URLSearchParams({ service, ...(stage === undefined ? {} : { stage }) })
  const answer = await ask(options, `/v1/plan?${query.toString()}`, signal, {
    'if-none-match': `"${generation}"`,
  })
  if (answer.status === 304) return undefined
  const { plan } = (await answer.json()) as { readonly plan: EnvironmentPlan | null }
  return plan ?? undefined
}

/** One item for each change that the server tells of, until the stream ends. */
async function* changes(options: ResolveClientOptions, signal: AbortSignal): AsyncGenerator<void> {
  const answer = await ask(options, '/api/events', signal, { accept: 'text/event-stream' })
  const text = new TextDecoder()
  let rest = ''
  for await (const bytes of answer.body ?? []) {
    const events = (rest + text.decode(bytes, { stream: true })).split('\n\n')
    rest = events.pop() ?? ''
    if (events.some((event) => /^event: ?changed$/m.test(event))) yield
  }
}

async function ask(
  { server, token }: ResolveClientOptions,
  path: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const answer = await fetch(new URL(path, server), {
    signal,
    redirect: 'error',
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  })
  if (answer.ok || answer.status === 304) return answer
  throw new Error(`${server} answered ${path} with ${answer.status}: ${await answer.text()}`)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
