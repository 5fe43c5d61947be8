// What each instance of a release takes as it gets older: the least of every two minutes, so that what a collector of
// garbage gives back is not counted. Bounded and small, for every stage keeps it; made of recorded ticks alone.
import type { EpochMs, ReleaseNumber } from '../../names.ts'
import type { ArmTick, Tick } from '../tick.ts'

export const BLOCK_MS = 120_000
/** An hour. */
const BLOCKS_KEPT = 30
/** What is on trial, and what it is compared with. */
const RELEASES_KEPT = 2
/** A gap in which nobody looked makes the age of what is there unknown. */
const GAP_MS_MAX = 60_000

export const GAUGES = ['memoryBytes', 'threads', 'fds'] as const
export type Gauge = (typeof GAUGES)[number]

export type Growth = {
  readonly release: ReleaseNumber
  readonly isThere: boolean
  /** It was there before anybody looked, an instance was restarted, or nobody looked: it grows no more here. */
  readonly isOver: boolean
  readonly ageMs: number
  readonly lastAt: EpochMs
  /** The block that is not over yet. */
  readonly open: Floors
  /** Blocks that are over, by age; flat, because there are many of them. */
  readonly ready: readonly number[]
  readonly least: readonly (readonly number[])[]
}

/** The least that one instance took, in the order of `GAUGES`; and the most instances there were. */
export type Floors = { readonly ready: number; readonly least: readonly number[] }

/** `last`: the tick before this one. Who was there then, and is not known, is of an age that nobody knows. */
export function withGrowth(grown: readonly Growth[], tick: Tick, last: Tick | undefined): readonly Growth[] {
  if (tick.spanMs <= 0 || tick.spoilt === true || isSettled(grown, tick)) return grown
  const there = tick.arms.filter(({ instances }) => instances.ready > 0)
  const gone = grown
    .filter(({ release }) => there.every((arm) => arm.release !== release))
    // What is gone keeps what it told: it may be what the next one is compared with.
    .map((one) => (one.isThere ? { ...one, isThere: false, isOver: true } : one))
  const now = there.map((arm) => {
    const before = grown.find((one) => one.release === arm.release && one.isThere)
    if (before?.isOver) return before
    return before ? older(before, arm, tick) : begun(arm, tick, !isYoung(arm, last))
  })
  return [...gone, ...now].slice(-RELEASES_KEPT)
}

/** Mostly nothing grows any more that is counted: an hour is over soon. */
function isSettled(grown: readonly Growth[], { arms }: Tick): boolean {
  let there = 0
  for (const { release, instances } of arms) {
    if (instances.ready === 0) continue
    if (!grown.some((one) => one.release === release && one.isThere && one.isOver)) return false
    there += 1
  }
  let known = 0
  for (const { isThere } of grown) if (isThere) known += 1
  return known === there
}

function isYoung({ release }: ArmTick, last: Tick | undefined): boolean {
  // A tick without anybody is one in which nobody looked.
  if (last === undefined || last.arms.length === 0) return false
  return !last.arms.some((arm) => arm.release === release && arm.instances.ready > 0)
}

function begun(arm: ArmTick, { spanMs, at }: Tick, isOver: boolean): Growth {
  const blocks = { ready: [], least: GAUGES.map(() => []) }
  return {
    release: arm.release,
    isThere: true,
    isOver,
    ageMs: spanMs,
    lastAt: at,
    open: floorsOf(arm),
    ...blocks,
  }
}

function older(before: Growth, arm: ArmTick, { spanMs, at }: Tick): Growth {
  if (arm.instances.restarts > 0 || at - before.lastAt > spanMs + GAP_MS_MAX)
    return { ...before, isOver: true }
  const ageMs = before.ageMs + spanMs
  const [open, now] = [before.open, floorsOf(arm)]
  if (Math.floor(ageMs / BLOCK_MS) === Math.floor(before.ageMs / BLOCK_MS))
    return { ...before, ageMs, lastAt: at, open: lower(open, now) }
  return {
    ...before,
    isOver: before.ready.length + 1 >= BLOCKS_KEPT,
    ageMs,
    lastAt: at,
    open: now,
    ready: [...before.ready, open.ready],
    least: before.least.map((row, gauge) => [...row, open.least[gauge] ?? 0]),
  }
}

function lower(open: Floors, now: Floors): Floors {
  return {
    ready: Math.max(open.ready, now.ready),
    least: now.least.map((value, gauge) => Math.min(value, open.least[gauge] ?? value)),
  }
}

function floorsOf({ instances }: ArmTick): Floors {
  return {
    ready: instances.ready,
    least: GAUGES.map((gauge) => instances[gauge] / Math.max(1, instances.ready)),
  }
}
