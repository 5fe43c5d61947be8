// What goes wrong in one seed. The plan is drawn first, from the seed alone: some faults are off entirely, some are
// extreme, because a world in which everything fails a little hides what only a lot of one fault shows.
import type { Random } from './random.ts'

/** Usual probability per opportunity: a call, or (for those of `EPISODES`) ten minutes. */
const USUAL = {
  'log-slow': 0.03,
  'log-full': 0.01,
  'log-conflict': 0.01,
  'log-lost-answer': 0.01,
  'log-crash': 0.006,
  'tick-append-fails': 0.01,
  'tick-sync-fails': 0.02,
  'ticks-lost': 0.7,
  'source-fails': 0.05,
  'source-slow': 0.1,
  'hint-lost': 0.5,
  'build-slow': 0.1,
  'build-trouble': 0.08,
  'build-start-lost-answer': 0.05,
  'build-forgotten': 0.03,
  'target-refuses': 0.05,
  'target-hangs': 0.03,
  'target-lost-answer': 0.05,
  'target-late': 0.04,
  'instance-slow': 0.1,
  'instance-never': 0.03,
  'router-refuses': 0.05,
  'router-hangs': 0.03,
  'router-lost-answer': 0.05,
  'router-late': 0.06,
  'router-slow': 0.1,
  'metrics-missing': 0.03,
  'check-trouble': 0.05,
  'check-hangs': 0.03,
  'check-flakes': 0.03,
  'notifier-fails': 0.05,
  'crash-before-call': 0.001,
  'crash-after-call': 0.001,
  crash: 0.15,
  reboot: 0.05,
  'second-coordinator': 0.1,
  'wall-forward': 0.06,
  'wall-back': 0.06,
  'router-restarts': 0.1,
  'router-silent': 0.08,
  'instance-dies': 0.15,
  'instance-replaced': 0.06,
  'neighbour-trouble': 0.06,
  'memory-short': 0.2,
  'wall-back-long': 0.04,
  'task-refuses': 0.05,
  'task-lost-answer': 0.05,
  'task-slow': 0.1,
  'task-fails': 0.05,
  'task-end-lost': 0.05,
} as const

export type FaultName = keyof typeof USUAL
export const FAULT_NAMES = Object.keys(USUAL) as readonly FaultName[]

/** Things that happen by themselves rather than in answer to a call. */
export const EPISODES = [
  'crash',
  'reboot',
  'second-coordinator',
  'wall-forward',
  'wall-back',
  'router-restarts',
  'router-silent',
  'instance-dies',
  'instance-replaced',
  'neighbour-trouble',
  'memory-short',
  'wall-back-long',
] as const satisfies readonly FaultName[]
export type Episode = (typeof EPISODES)[number]

export type FaultPlan = Readonly<Record<FaultName, number>>

export function drawFaultPlan(random: Random): FaultPlan {
  // One seed in ten has no fault at all: there the rules alone are on trial.
  const calm = random.chance(0.1)
  const plan = FAULT_NAMES.map((name): readonly [FaultName, number] => {
    const mood = random.next()
    const factor = calm || mood < 0.45 ? 0 : mood < 0.88 ? 1 : 5
    return [name, Math.min(0.7, Math.round(USUAL[name] * factor * 10_000) / 10_000)]
  })
  return Object.fromEntries(plan) as FaultPlan
}

export interface Faults {
  readonly plan: FaultPlan
  /** Whether the fault happens now. */
  hits(name: FaultName): boolean
  /** A span for a fault that takes time. */
  spanMs(name: FaultName, lowMs: number, highMs: number): number
  /** From here on nothing goes wrong any more. */
  end(): void
  counts(): ReadonlyMap<FaultName, number>
}

export function createFaults(plan: FaultPlan, random: Random, told: (name: FaultName) => void): Faults {
  const streams = new Map<FaultName, Random>()
  const counts = new Map<FaultName, number>()
  let isOver = false
  const streamOf = (name: FaultName): Random => {
    const known = streams.get(name) ?? random.fork(name)
    streams.set(name, known)
    return known
  }
  return {
    plan,
    hits: (name) => {
      if (isOver || plan[name] === 0 || !streamOf(name).chance(plan[name])) return false
      counts.set(name, (counts.get(name) ?? 0) + 1)
      told(name)
      return true
    },
    spanMs: (name, lowMs, highMs) => streamOf(name).int(lowMs, highMs),
    end: () => {
      isOver = true
    },
    counts: () => counts,
  }
}
