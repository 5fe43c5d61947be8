// All services of one server: recovered from the log, worked on, watched. The same code runs in production and in the
// simulation; everything it touches is handed in.
import { noEvidence, type Evidence } from '../domain/analysis/evidence.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { toCompare } from '../domain/service/comparing.ts'
import { artifactsToKeep } from '../domain/service/forget.ts'
import { secretsInUse } from '../domain/service/settings.ts'
import type { ServiceState } from '../domain/service/state.ts'
import { WARM_MEMORY_DEFAULT, type MemoryLimit } from '../domain/service/warm-memory.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import { createEverywhere, type Everywhere } from './everywhere.ts'
import { GIVEN_UP } from './given-up.ts'
import { handleCommand, type Outcome, type Wish } from './handle-command.ts'
import { watchSource, type SourceWatch } from './look-for-changes.ts'
import { createObserver, type Observer } from './observe.ts'
import { defaultPaces, type CoordinatorPorts, type Paces } from './ports.ts'
import { sendNotices } from './send-notices.ts'
import { watchWarmMemory } from './watch-warm-memory.ts'
import { createStreams } from './streams.ts'
import { createWork, type Trouble, type Work } from './work.ts'

export interface Coordinator {
  /** Recovers everything and begins to work. Rejects if what is found outside does not fit an empty store. */
  start(): Promise<void>
  stop(): Promise<void>
  handle(service: string, command: ServiceCommand): Promise<Outcome>
  /** Locks over a stage of every service. */
  readonly everywhere: Pick<Everywhere, 'handle' | 'tried'>
  services(): readonly string[]
  state(service: string): ServiceState
  evidence(service: string, stage: string): Evidence
  fleets(service: string, stage: string): readonly FleetLook[]
  /** Last recorded tick of a stage. */
  tick(service: string, stage: string): number
  troubles(service: string): readonly Trouble[]
  sourceTrouble(
    service: string,
  ): { readonly code: string; readonly message: string; readonly since: number } | undefined
  poke(service: string): void
  /** After each change, and after each tick that was watched. */
  onChange(listener: () => void): () => void
}

type Running = { readonly work: Work; readonly observer: Observer; readonly source: SourceWatch }

export const ARTIFACT_BYTES_MAX = 10 * 1024 ** 3
export const ARTIFACT_AGE_MS = 30 * 86_400_000
export const TICK_AGE_MS = 30 * 86_400_000

/** What may be taken of the machine; an operator may change it while the server runs. */
export type CoordinatorLimits = {
  readonly warmMemory: MemoryLimit
  readonly buildCacheBytes: number
  readonly mirrorBytes: number
}

export const defaultLimits: CoordinatorLimits = {
  warmMemory: WARM_MEMORY_DEFAULT,
  buildCacheBytes: 10e9,
  mirrorBytes: 10e9,
}

export function createCoordinator(
  ports: CoordinatorPorts,
  paces: Paces = defaultPaces,
  limits: () => CoordinatorLimits = () => defaultLimits,
): Coordinator {
  const streams = createStreams(ports.eventLog, paces.snapshotEvery, (service, error) => {
    ports.log.warn({ service, error }, 'a snapshot was not kept; the next start reads more events')
  })
  const running = new Map<string, Running>()
  const listeners = new Set<() => void>()
  const stopped = new AbortController()
  let notices: ReturnType<typeof sendNotices> | undefined
  let housekeeping: Promise<void> | undefined
  let warmMemory: ReturnType<typeof watchWarmMemory> | undefined

  const changed = (): void => {
    notices?.wake()
    for (const listener of listeners) listener()
  }

  const run = (service: string): Running => {
    const known = running.get(service)
    if (known) return known
    const state = (): ServiceState => streams.get(service).state
    const work = createWork({
      service,
      streams,
      ports,
      paces,
      changed: (events) => {
        if (events.some(({ type }) => type === 'traffic-shifted')) running.get(service)?.observer.shifted()
        // The line waits until it was compared with what went round it and was rejected.
        if (events.some(({ type }) => type === 'change-rejected') && toCompare(state()).length > 0)
          running.get(service)?.source.poke()
        changed()
      },
      tick: (stage) => running.get(service)?.observer.lastTick(stage) ?? 0,
    })
    const observer = createObserver({
      service,
      state,
      work: () => work,
      ports,
      paces,
      watched: () => {
        for (const listener of listeners) listener()
      },
    })
    const source = watchSource({
      service,
      state,
      work,
      ports,
      paces,
      changed: () => {
        for (const listener of listeners) listener()
      },
    })
    const made = { work, observer, source }
    running.set(service, made)
    work.wake()
    return made
  }

  const handleIn = async (service: string, wish: Wish): Promise<Outcome> => {
    const known = running.get(service)
    if (known) return known.work.handle(wish)
    const outcome = await handleCommand(streams, service, wish)
    // Also where nothing was new: the answer to what made it may have been lost.
    if (outcome.done) {
      run(service)
      changed()
    }
    return outcome
  }

  const everywhere = createEverywhere({
    eventLog: ports.eventLog,
    now: () => ports.clock.now(),
    readOthers: streams.readOthers,
    services: () => streams.names(),
    state: (service) => streams.get(service).state,
    handle: handleIn,
  })

  const handle = (service: string, command: ServiceCommand): Promise<Outcome> =>
    command.type === 'configure' ? everywhere.configure(service, command) : handleIn(service, command)

  const dropUnused = async (states: readonly ServiceState[]): Promise<void> => {
    const { buildCacheBytes, mirrorBytes } = limits()
    const caches = (await ports.builder.retain?.({ cacheBytesMax: buildCacheBytes })) ?? []
    if (caches.length > 0)
      ports.log.info(
        { services: caches, limitBytes: buildCacheBytes },
        'build caches were removed, the longest unused first: together they took more than they may',
      )
    const keep = states.flatMap(({ definition }) => definition?.source.git ?? [])
    const mirrors = (await ports.source.retain?.({ keep, bytesMax: mirrorBytes })) ?? []
    if (mirrors.length > 0)
      ports.log.info(
        { mirrors, limitBytes: mirrorBytes },
        'copies of remote repositories that no service follows were removed: together they took more than they may',
      )
  }

  const keepHouse = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await ports.clock.sleep(paces.housekeepingMs, stopped.signal)
      if (stopped.signal.aborted) return
      try {
        const states = streams.names().map((service) => streams.get(service).state)
        const keep = new Set(states.flatMap((state) => [...artifactsToKeep(state)]))
        await ports.artifacts.retain({ keep, bytesMax: ARTIFACT_BYTES_MAX, olderThanMs: ARTIFACT_AGE_MS })
        for (const service of streams.names())
          for (const [stage, known] of Object.entries(streams.get(service).state.stages)) {
            await ports.secrets.retain({ service, stage }, secretsInUse(known))
            await ports.ticks.prune({ service, stage }, ports.clock.now() - TICK_AGE_MS)
          }
        await dropUnused(states)
        await everywhere.recover()
      } catch (error) {
        ports.log.warn({ error }, 'housekeeping did not finish')
      }
    }
  }

  return {
    start: async () => {
      await streams.recover()
      await refuseStrangers(ports, streams.names().length)
      await everywhere.recover().catch((error: unknown) => {
        ports.log.error({ error }, 'a lock over every service is not in all of them yet')
      })
      for (const service of streams.names()) run(service)
      notices = sendNotices(ports, paces, streams)
      housekeeping = keepHouse()
      warmMemory = watchWarmMemory({
        ports,
        paces,
        limit: () => limits().warmMemory,
        services: () =>
          [...running].map(([service, { work, observer }]) => ({
            service,
            state: streams.get(service).state,
            fleets: observer.fleets,
            work,
          })),
      })
    },
    stop: async () => {
      stopped.abort(GIVEN_UP)
      await Promise.all(
        [...running.values()].flatMap(({ work, observer, source }) => [
          work.stop(),
          observer.stop(),
          source.stop(),
        ]),
      )
      await Promise.all([notices?.stop(), housekeeping, warmMemory?.stop()])
    },
    handle,
    everywhere,
    services: () => streams.names(),
    state: (service) => streams.get(service).state,
    evidence: (service, stage) => running.get(service)?.observer.evidence(stage) ?? noEvidence,
    fleets: (service, stage) => running.get(service)?.observer.fleets(stage) ?? [],
    tick: (service, stage) => running.get(service)?.observer.lastTick(stage) ?? 0,
    troubles: (service) => running.get(service)?.work.troubles() ?? [],
    sourceTrouble: (service) => running.get(service)?.source.trouble(),
    poke: (service) => running.get(service)?.source.poke(),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** An empty store that finds running instances was lost, not new: it stops and asks (never-list 4). */
async function refuseStrangers(ports: CoordinatorPorts, services: number): Promise<void> {
  if (services > 0) return
  const strangers = await ports.target.environments()
  if (strangers.length === 0) return
  const names = strangers.map(({ service, stage }) => `${service}/${stage}`).join(', ')
  throw new Error(
    `the store is empty, but instances of ${names} are running: the store was lost. Put back a backup with "sluice restore FILE" (they lie beside the store, in backups), or stop them with "sluice down --everything" first`,
  )
}
