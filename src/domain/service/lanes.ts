// Who passes what (behaviour section 3), said once: everybody who asks what a lane passes reads it here.
import type { Lane, Rollout, ServiceState } from './state.ts'

/**
 * How something comes into a stage: by a lane, as changed settings, or to level an earlier stage with a later one. The
 * way back is none of them: it asks no gate (`go-back.ts`). What skips a bake goes the normal way after it.
 */
export type Way = Lane | 'settings' | 'back-fill'

export type Passes = {
  /** What it has to have done in the stage before. */
  readonly bake: 'waits' | 'passes'
  readonly window: 'waits' | 'passes'
  readonly approval: 'waits' | 'passes'
  readonly lock: 'waits' | 'by name'
  readonly hardLock: 'waits' | 'by name' | 'refused'
  /** A rejected change that it would bring. */
  readonly rejection: 'waits' | 'by name' | 'refused'
  readonly pin: 'waits' | 'when set after it' | 'passes'
  /** A rewritten branch that nobody has looked at yet. */
  readonly history: 'waits' | 'refused' | 'passes'
  /** Missing telemetry, or a neighbour in trouble: its next step waits for that to end. */
  readonly hold: 'waits' | 'passes'
  readonly checks: 'its own' | 'those of earlier stages too' | 'none'
  readonly steps: 'as declared' | 'without soak' | 'at once'
  /** What a verdict against it does by itself; a crash, failed health or a failed check always takes it out. */
  readonly verdict: 'goes back' | 'calls people'
  /** How its changes are cleared by it where nothing bakes; null: by what was seen. */
  readonly clears: 'skipped' | 'unproven' | null
}

const NORMAL: Passes = {
  bake: 'waits',
  window: 'waits',
  approval: 'waits',
  lock: 'waits',
  hardLock: 'waits',
  rejection: 'waits',
  pin: 'waits',
  history: 'waits',
  hold: 'waits',
  checks: 'its own',
  steps: 'as declared',
  verdict: 'goes back',
  clears: null,
}

export const WAYS: Readonly<Record<Way, Passes>> = {
  normal: NORMAL,
  // The code is live there already; set again, they are other settings than those that were rolled back.
  settings: { ...NORMAL, bake: 'passes', pin: 'when set after it' },
  'back-fill': { ...NORMAL, bake: 'passes' },
  // It is served for a while, and never stays; the stage before has nothing to say of that.
  probe: { ...NORMAL, bake: 'passes' },
  hotfix: {
    ...NORMAL,
    bake: 'passes',
    window: 'passes',
    lock: 'by name',
    hardLock: 'refused',
    rejection: 'refused',
    pin: 'passes',
    history: 'refused',
    checks: 'those of earlier stages too',
    steps: 'without soak',
    clears: 'skipped',
  },
  emergency: {
    bake: 'passes',
    window: 'passes',
    approval: 'passes',
    lock: 'by name',
    hardLock: 'by name',
    rejection: 'by name',
    pin: 'passes',
    history: 'passes',
    hold: 'passes',
    checks: 'none',
    steps: 'at once',
    verdict: 'calls people',
    clears: 'unproven',
  },
}

/** The way of a rollout that goes forward. */
export function wayOf({ releases }: ServiceState, { lane, release }: Rollout): Way {
  if (lane !== 'normal') return lane
  return releases[release]?.origin.kind === 'settings' ? 'settings' : 'normal'
}
