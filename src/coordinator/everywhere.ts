// Locks over a stage of every service: said once, in a stream of the server's own, then told to each service in its own
// stream. Acknowledged when all have it; what a crash interrupts is finished at the next start.
import { bornWith, decideEverywhere, owedEverywhere, settledEverywhere } from '../domain/everywhere/decide.ts'
import type { EverywhereCommand, EverywhereDecision } from '../domain/everywhere/decide.ts'
import { evolveEverywhere, nothingEverywhere } from '../domain/everywhere/state.ts'
import type { EverywhereEvent, EverywhereState } from '../domain/everywhere/state.ts'
import { machine } from '../domain/names.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Outcome, Wish } from './handle-command.ts'

export const EVERYWHERE_STREAM = 'locks-everywhere'

export type EverywhereOutcome =
  | { readonly done: true; readonly lock: string; readonly services: readonly string[] }
  | { readonly done: false; readonly refusal: Refusal }

export interface Everywhere {
  /** Finishes what a crash interrupted. */
  recover(): Promise<void>
  /** Resolves once every service that has the stage has it in its stream. */
  handle(command: EverywhereCommand): Promise<EverywhereOutcome>
  /** What would be decided now. */
  tried(command: EverywhereCommand): Promise<EverywhereDecision>
  /**
   * A service that is configured meanwhile is born with what stands, and configured only where that is still all: a lock
   * that another server sets in that very moment finds it there, or is found.
   */
  configure(service: string, command: Extract<ServiceCommand, { type: 'configure' }>): Promise<Outcome>
}

export type EverywhereParts = {
  readonly eventLog: EventLog
  readonly now: () => number
  /** Makes sure that what others configured is known. */
  readonly readOthers: () => Promise<void>
  readonly services: () => readonly string[]
  readonly state: (service: string) => ServiceState
  readonly handle: (service: string, wish: Wish) => Promise<Outcome>
}

/** So many conflicts in a row on a stream that people alone write cannot be chance. */
const CONFLICTS_MAX = 100

export function createEverywhere(parts: EverywhereParts): Everywhere {
  const { eventLog, now } = parts
  let state: EverywhereState = nothingEverywhere
  let turn: Promise<unknown> = Promise.resolve()
  const states = (): readonly ServiceState[] => parts.services().map(parts.state)

  /** One at a time: what is configured while a lock is set would miss it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const readOn = async (): Promise<void> => {
    // Events are ours, and never renamed.
    for (const { data } of await eventLog.readStream(EVERYWHERE_STREAM, state.version))
      state = evolveEverywhere(state, data as EverywhereEvent)
  }

  const append = async (events: readonly EverywhereEvent[]): Promise<boolean> => {
    if (events.length === 0) return true
    const rows = events.map((event) => ({ type: event.type, data: event }))
    try {
      return (await eventLog.append(EVERYWHERE_STREAM, state.version, rows)).appended
    } finally {
      await readOn()
    }
  }

  /** Tells every service what it lacks, then says so of the locks that stand or are gone. */
  const level = async (): Promise<void> => {
    await readOn()
    // Whatever was configured without knowing of a lock is in the log by now: later it would not be taken.
    await parts.readOthers()
    for (const lock of state.locks)
      await Promise.all(
        parts.services().map(async (service) => {
          const command = owedEverywhere(parts.state(service), lock, now())
          if (command) await parts.handle(service, command)
        }),
      )
    await append(settledEverywhere(state, states(), { at: now(), by: machine('locks over every service') }))
  }

  const decideAndAppend = async (command: EverywhereCommand): Promise<EverywhereDecision> => {
    await parts.readOthers()
    for (let tries = 0; tries < CONFLICTS_MAX; tries += 1) {
      await readOn()
      const decision = decideEverywhere(state, states(), command)
      if ('refusal' in decision || (await append(decision.events))) return decision
    }
    throw new Error(`${command.type} met ${CONFLICTS_MAX} conflicts in a row`)
  }

  return {
    recover: () => inTurn(level),
    tried: (command) =>
      inTurn(async () => {
        await readOn()
        return decideEverywhere(state, states(), command)
      }),
    handle: (command) =>
      inTurn(async () => {
        const decision = await decideAndAppend(command)
        if ('refusal' in decision) return { done: false, refusal: decision.refusal }
        await level()
        const services = parts.services().filter((service) => parts.state(service).stages[command.stage])
        return { done: true, lock: decision.lock, services: services.toSorted() }
      }),
    configure: (service, command) =>
      inTurn(() =>
        parts.handle(service, async () => {
          await readOn()
          return {
            command: { ...command, bornWith: bornWith(state, states(), command.at) },
            where: { stream: EVERYWHERE_STREAM, version: state.version },
          }
        }),
      ),
  }
}
