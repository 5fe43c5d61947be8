// The state of every service, folded once and kept by version. Snapshots keep recovery from growing with history.
import { evolve } from '../domain/service/evolve.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { initialService, type ServiceState } from '../domain/service/state.ts'
import type { AppendResult, EventLog, StoredEvent, StreamAt } from '../ports/event-log.ts'

/** Grows whenever the meaning of the stored state changes; older snapshots are then rebuilt from events. */
export const SNAPSHOT_SHAPE = 10

export type Stream = { readonly version: number; readonly state: ServiceState }

export function streamOf(service: string): string {
  return `service/${service}`
}

export function serviceOf(stream: string): string | undefined {
  return stream.startsWith('service/') ? stream.slice('service/'.length) : undefined
}

export interface Streams {
  /** Reads every stream: the newest snapshot, and the events after it. */
  recover(): Promise<void>
  names(): readonly string[]
  get(service: string): Stream
  /** Appends at the version the events were decided on; false when somebody else was first, and the state is read anew. */
  append(
    service: string,
    version: number,
    events: readonly ServiceEvent[],
    where?: StreamAt,
  ): Promise<boolean>
  /** Reads what others have appended meanwhile, also to streams that are new. */
  readOthers(): Promise<void>
}

export function createStreams(
  eventLog: EventLog,
  snapshotEvery: number,
  snapshotFailed: (service: string, error: unknown) => void = () => {},
): Streams {
  const streams = new Map<string, Stream>()
  const snapshotAt = new Map<string, number>()
  const none: Stream = { version: 0, state: initialService }

  const readOn = async (service: string): Promise<void> => {
    const known = streams.get(service) ?? none
    const events = await eventLog.readStream(streamOf(service), known.version)
    // An append may have come back while this was read: what is known never goes back.
    const now = streams.get(service) ?? none
    streams.set(service, events.filter(({ version }) => version > now.version).reduce(fold, now))
  }

  const append: Streams['append'] = async (service, version, events, where) => {
    const rows = events.map((event) => ({ type: event.type, data: event }))
    let result: AppendResult
    try {
      result = await eventLog.append(streamOf(service), version, rows, where)
    } catch (error) {
      // A log that threw may have taken the events all the same; what it holds is what is true.
      await readOn(service)
      throw error
    }
    const known = streams.get(service) ?? none
    // Appends of one service may overlap; whoever comes back second finds its events folded already.
    if (result.appended && known.version === version)
      streams.set(service, { version: result.version, state: events.reduce(evolve, known.state) })
    else await readOn(service)
    if (result.appended) snapshotWhenDue(service)
    return result.appended
  }

  /** Only a shortcut for the next start: nobody waits for it, and it may fail. */
  const snapshotWhenDue = (service: string): void => {
    const stream = streams.get(service)
    if (!stream || stream.version - (snapshotAt.get(service) ?? 0) < snapshotEvery) return
    snapshotAt.set(service, stream.version)
    eventLog
      .saveSnapshot({
        stream: streamOf(service),
        version: stream.version,
        shape: SNAPSHOT_SHAPE,
        state: stream.state,
      })
      .catch((error: unknown) => snapshotFailed(service, error))
  }

  const readOthers = async (): Promise<void> => {
    for (const { stream, version } of await eventLog.streams()) {
      const service = serviceOf(stream)
      if (service !== undefined && (streams.get(service)?.version ?? 0) < version) await readOn(service)
    }
  }

  return {
    recover: async () => {
      for (const kept of await eventLog.snapshots()) {
        const service = serviceOf(kept.stream)
        if (service === undefined || kept.shape !== SNAPSHOT_SHAPE) continue
        // The log is ours and the shape was checked: this is the state that was saved.
        streams.set(service, { version: kept.version, state: kept.state as ServiceState })
        snapshotAt.set(service, kept.version)
      }
      await readOthers()
    },
    readOthers,
    names: () => [...streams.keys()],
    get: (service) => streams.get(service) ?? none,
    append,
  }
}

function fold(stream: Stream, stored: StoredEvent): Stream {
  // Events are ours, and never renamed.
  return { version: stored.version, state: evolve(stream.state, stored.data as ServiceEvent) }
}
