// Locks over a stage of every service (behaviour 4.2). The stream of the server holds what a person said once; the lock
// itself stands in the stream of each service, where entries are decided, so that none can pass it unseen.
import type { Actor, EpochMs, StageName } from '../names.ts'
import type { Lock } from '../service/state.ts'

/** `setting`: not every service has it yet; `set`: acknowledged; `lifting`: some service may have it still. */
export type EverywhereLock = {
  readonly lock: Lock
  readonly stage: StageName
  readonly by: Actor
  readonly standing: 'setting' | 'set' | 'lifting'
  /** What was chosen to go first, when it was lifted. */
  readonly queue?: 'each' | 'latest' | undefined
}

export type EverywhereState = { readonly version: number; readonly locks: readonly EverywhereLock[] }

export const nothingEverywhere: EverywhereState = { version: 0, locks: [] }

type At = { readonly at: EpochMs; readonly by: Actor }

/** Never renamed. */
export type EverywhereEvent =
  | (At & { readonly type: 'locked-everywhere'; readonly stage: StageName; readonly lock: Lock })
  | (At & { readonly type: 'everywhere-lock-edited'; readonly lock: Lock })
  /** Every service that has the stage has the lock: only now may anybody be told that it stands. */
  | (At & { readonly type: 'everywhere-lock-acknowledged'; readonly lock: string })
  | (At & {
      readonly type: 'unlocked-everywhere'
      readonly lock: string
      readonly queue?: 'each' | 'latest' | undefined
    })
  /** No service has it any more. */
  | (At & { readonly type: 'everywhere-lock-ended'; readonly lock: string })

export function evolveEverywhere(state: EverywhereState, event: EverywhereEvent): EverywhereState {
  return { version: state.version + 1, locks: changed(state.locks, event) }
}

function changed(locks: readonly EverywhereLock[], event: EverywhereEvent): readonly EverywhereLock[] {
  const withOne = (id: string, more: Partial<EverywhereLock>): readonly EverywhereLock[] =>
    locks.map((one) => (one.lock.id === id ? { ...one, ...more } : one))
  switch (event.type) {
    case 'locked-everywhere':
      return [...locks, { lock: event.lock, stage: event.stage, by: event.by, standing: 'setting' }]
    case 'everywhere-lock-edited':
      return withOne(event.lock.id, { lock: event.lock })
    case 'everywhere-lock-acknowledged':
      return withOne(event.lock, { standing: 'set' })
    case 'unlocked-everywhere':
      return withOne(event.lock, { standing: 'lifting', by: event.by, queue: event.queue })
    case 'everywhere-lock-ended':
      return locks.filter((one) => one.lock.id !== event.lock)
  }
}
