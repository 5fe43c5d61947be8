// The loop of one service: ask what is due, do it, report, ask again. It is right after a crash because it asks from
// state alone; events only wake it early.
import type { Environment } from '../domain/names.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import type { Intent } from '../domain/service/intent.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { asPortFailure } from '../ports/port-failure.ts'
import { act, type OutsideIntent } from './acts/act.ts'
import { GIVEN_UP } from './given-up.ts'
import { createAlarm } from './alarm.ts'
import { handleCommand, type Outcome, type Wish } from './handle-command.ts'
import { intentKey } from './intent-key.ts'
import type { CoordinatorPorts, Paces } from './ports.ts'
import type { Streams } from './streams.ts'
import { createDueAsker } from './what-is-due.ts'

export type Trouble = {
  readonly key: string
  readonly code: string
  readonly message: string
  readonly since: number
  readonly tries: number
}

export interface Work {
  /** Something may have changed: take a turn soon. */
  wake(): void
  handle(wish: Wish): Promise<Outcome>
  /** What keeps failing outside, for people to see. */
  troubles(): readonly Trouble[]
  stop(): Promise<void>
}

export type WorkParts = {
  readonly service: string
  readonly streams: Streams
  readonly ports: CoordinatorPorts
  readonly paces: Paces
  readonly tick: (stage: string) => number
  readonly changed: (events: readonly ServiceEvent[]) => void
}

type Ticked = Extract<ServiceCommand, { readonly tick: number }>

export function createWork(parts: WorkParts): Work {
  const { service, streams, ports, paces } = parts
  const { clock, log } = ports
  const stopped = new AbortController()
  const whatIsDue = createDueAsker()
  const running = new Map<string, { readonly off: AbortController; readonly ended: Promise<void> }>()
  /** `notBeforeMs` by the clock that never goes back: a try is not put off because the wall's was. */
  const failing = new Map<string, Trouble & { readonly notBeforeMs: number }>()
  let owed = NOTHING_OWED
  let turning = false
  let again = false

  const wake = (): void => {
    if (stopped.signal.aborted) return
    if (turning) {
      again = true
      return
    }
    turning = true
    void turns()
  }

  const alarm = createAlarm(clock, wake)

  const turns = async (): Promise<void> => {
    do {
      again = false
      try {
        await turn()
      } catch (error) {
        log.error({ service, error }, 'a turn failed')
        alarm.after(paces.retryMs)
      }
    } while (again && !stopped.signal.aborted)
    turning = false
  }

  /** The machine's own moves first, until none is left; then the world is asked for what is still owed. */
  const turn = async (): Promise<void> => {
    for (;;) {
      if (stopped.signal.aborted) return
      const { state, version } = streams.get(service)
      const intents = whatIsDue(state, clock.now())
      const move = intents.find((intent) => intent.do === 'decide')
      if (move?.do === 'decide') {
        const outcome = await handle(withTick(move.command))
        if (outcome.done && outcome.events.length > 0) continue
        log.warn({ service, command: move.command.type, outcome }, 'a due move changed nothing')
      }
      if (owed.intents !== intents) {
        owed = owedOf(service, intents)
        letGo(owed.outside)
        alarm.expect(owed.wakes)
      }
      for (const [key, intent] of owed.outside) start(key, intent, version)
      return
    }
  }

  const withTick = (command: Extract<Intent, { do: 'decide' }>['command']): ServiceCommand =>
    'tick' in command && 'stage' in command ? { ...command, tick: parts.tick(command.stage) } : command

  /** What is no longer owed is let go of; its fence or key makes a late answer harmless. */
  const letGo = (outside: Owed['outside']): void => {
    for (const [key, deed] of running) if (!outside.has(key)) deed.off.abort(GIVEN_UP)
    for (const key of failing.keys()) if (!outside.has(key)) failing.delete(key)
  }

  const start = (key: string, intent: OutsideIntent, fence: number): void => {
    if (running.has(key)) return
    const trouble = failing.get(key)
    if (trouble && trouble.notBeforeMs > clock.monotonicMs()) return
    const off = new AbortController()
    running.set(key, { off, ended: carryOut(intent, key, fence, off) })
  }

  const carryOut = async (
    intent: OutsideIntent,
    key: string,
    fence: number,
    { signal }: AbortController,
  ): Promise<void> => {
    try {
      const { state } = streams.get(service)
      const report = async (command: ServiceCommand): Promise<void> => void (await handle(command))
      const command = await act(intent, {
        service,
        state,
        fence,
        key,
        signal,
        ports,
        paces,
        tick: parts.tick,
        report,
      })
      failing.delete(key)
      if (command && !signal.aborted) await handle(command)
    } catch (error) {
      if (!signal.aborted) failed(key, error)
    } finally {
      running.delete(key)
      wake()
    }
  }

  const failed = (key: string, error: unknown): void => {
    const failure = asPortFailure(error)
    const before = failing.get(key)
    const tries = (before?.tries ?? 0) + 1
    const backoffMs =
      failure.afterMs ?? Math.min(paces.retryMsMax, paces.retryMs * 2 ** Math.min(tries - 1, 20))
    failing.set(key, {
      key,
      code: failure.code,
      message: failure.message,
      tries,
      since: before?.since ?? clock.now(),
      notBeforeMs: clock.monotonicMs() + backoffMs,
    })
    log.warn(
      { service, key, code: failure.code, error: failure.message, tries, backoffMs },
      'the outside did not do what is due',
    )
    alarm.after(backoffMs)
  }

  /**
   * Ticks that a decision rests on must not be lost after it: numbers that came again would be taken for old ones. And
   * what begins now begins after all that was recorded, also before the observer has read that after a restart.
   */
  const onSyncedTicks = async (command: ServiceCommand): Promise<ServiceCommand> => {
    if (!('tick' in command)) return command
    const environment = { service, stage: command.stage }
    if (command.by.kind === 'person') return afterLastTick(environment, command)
    await ports.ticks.sync(environment)
    if (command.type === 'report-finding') return command
    return { ...command, tick: Math.max(command.tick, await ports.ticks.lastSeq(environment)) }
  }

  /** A person's way back waits for no disk. Numbers that are lost after it are passed over by the observer. */
  const afterLastTick = async <Command extends Ticked>(
    environment: Environment,
    command: Command,
  ): Promise<Command> => {
    const lastSeq = ports.ticks.lastSeq(environment)
    void ports.ticks.sync(environment).catch((error: unknown) => {
      log.warn({ service, command: command.type, error }, 'the ticks were not synced')
    })
    const tick = await lastSeq.catch(() => command.tick)
    return { ...command, tick: Math.max(command.tick, tick) }
  }

  const handle = async (wish: Wish): Promise<Outcome> => {
    const made = typeof wish === 'function' ? wish : await onSyncedTicks(wish)
    const outcome = await handleCommand(streams, service, made).catch((error: unknown) => {
      // Whether it was taken or not, what is due may have changed.
      alarm.after(paces.retryMs)
      throw error
    })
    if (outcome.done && outcome.events.length > 0) {
      parts.changed(outcome.events)
      wake()
    }
    return outcome
  }

  return {
    wake,
    handle,
    troubles: () => [...failing.values()],
    stop: async () => {
      stopped.abort(GIVEN_UP)
      alarm.stop()
      for (const { off } of running.values()) off.abort(GIVEN_UP)
      await Promise.all([...running.values()].map((deed) => deed.ended))
    },
  }
}

/** What was owed at the last turn. Mostly nothing has changed by the next one, and the same list comes again. */
type Owed = {
  readonly intents: readonly Intent[]
  readonly outside: ReadonlyMap<string, OutsideIntent>
  readonly wakes: readonly number[]
}

const NOTHING_OWED: Owed = { intents: [], outside: new Map(), wakes: [] }

function owedOf(service: string, intents: readonly Intent[]): Owed {
  const outside = new Map<string, OutsideIntent>()
  const wakes: number[] = []
  for (const intent of intents)
    if (intent.do === 'wake') wakes.push(intent.at)
    else if (intent.do !== 'decide') outside.set(intentKey(service, intent), intent)
  return { intents, outside, wakes }
}
