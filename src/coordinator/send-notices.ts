// Tells people outside, in the order things happened, at least once. Its place in the log is durable.
import type { ServiceEvent } from '../domain/service/event.ts'
import { concerned, describe, noticeType } from '../domain/service/describe.ts'
import type { StoredEvent } from '../ports/event-log.ts'
import type { Notice, Notifier } from '../ports/notifier.ts'
import { asPortFailure } from '../ports/port-failure.ts'
import { GIVEN_UP } from './given-up.ts'
import type { CoordinatorPorts, Paces } from './ports.ts'
import { serviceOf, type Streams } from './streams.ts'

const EVENTS_AT_ONCE = 200
/** A notifier that cannot be reached for so many tries is passed over for that notice; the log keeps the event. */
const TRIES_MAX = 8

export function sendNotices(
  ports: CoordinatorPorts,
  paces: Paces,
  streams: Streams,
): { wake(): void; stop(): Promise<void> } {
  const stopped = new AbortController()
  let nap = new AbortController()
  let isNews = false

  const send = async (notifier: Notifier, notice: Notice): Promise<void> => {
    for (let tries = 1; tries <= TRIES_MAX && !stopped.signal.aborted; tries += 1) {
      try {
        await notifier.send(notice)
        return
      } catch (error) {
        const failure = asPortFailure(error)
        ports.log.warn(
          { notice: notice.id, code: failure.code, error: failure.message, tries },
          'a notifier did not take a notice',
        )
        if (failure.again === 'never') return
        await ports.clock.sleep(
          failure.afterMs ?? Math.min(paces.retryMsMax, paces.retryMs * 2 ** tries),
          stopped.signal,
        )
      }
    }
  }

  const loop = async (): Promise<void> => {
    let position = await ports.eventLog.cursor('notices')
    let saved = position
    while (!stopped.signal.aborted) {
      isNews = false
      const events = await ports.eventLog.readAll(position, EVENTS_AT_ONCE)
      let isTold = false
      for (const stored of events) {
        const notice = noticeOf(stored, streams)
        if (notice) await Promise.all(ports.notifiers.map((notifier) => send(notifier, notice)))
        if (stopped.signal.aborted) return
        isTold ||= notice !== undefined
        position = stored.position
      }
      // What nobody is told of may be read once more after a restart; that costs less than a write for each event.
      if (isTold || position - saved >= EVENTS_AT_ONCE) {
        await ports.eventLog.saveCursor('notices', position)
        saved = position
      }
      if (isNews || events.length === EVENTS_AT_ONCE || stopped.signal.aborted) continue
      nap = new AbortController()
      await ports.clock.sleep(paces.retryMsMax, nap.signal)
    }
  }
  const looping = loop()

  return {
    wake: () => {
      isNews = true
      nap.abort(GIVEN_UP)
    },
    stop: async () => {
      stopped.abort(GIVEN_UP)
      nap.abort(GIVEN_UP)
      await looping
    },
  }
}

function noticeOf(stored: StoredEvent, streams: Streams): Notice | undefined {
  const service = serviceOf(stored.stream)
  // Events are ours, and never renamed.
  const event = stored.data as ServiceEvent
  const type = service === undefined ? undefined : noticeType(event)
  if (service === undefined || type === undefined) return undefined
  return {
    id: `${service}-${stored.version}`,
    at: event.at,
    type,
    service,
    stage: 'stage' in event ? event.stage : null,
    text: describe(event),
    to: concerned(streams.get(service).state, event),
    facts: { release: 'release' in event ? event.release : null, by: event.by },
  }
}
