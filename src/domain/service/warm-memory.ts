// Warm releases are kept for a quick way back, but not at the cost of what serves people. Where together they hold more
// of a host's memory than is allowed, the oldest goes; never the one that a rollback of its stage would go to.
import type { EpochMs, ReleaseNumber, ServiceName, StageName } from '../names.ts'
import type { ReportCommand } from './command.ts'
import { accept, nothing, type Decision } from './decision.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { warmReleases } from './wanted.ts'

/** What warm releases may hold of a host's memory: a part of it, or so many bytes. */
export type MemoryLimit =
  | { readonly kind: 'part'; readonly percent: number }
  | { readonly kind: 'bytes'; readonly bytes: number }

/** Behaviour, section 6. */
export const WARM_MEMORY_DEFAULT: MemoryLimit = { kind: 'part', percent: 25 }

/** One warm release on one host, as it was seen. */
export type WarmUse = {
  readonly service: ServiceName
  readonly stage: StageName
  readonly release: ReleaseNumber
  /** A rollback of its stage would go to it. */
  readonly isTarget: boolean
  readonly mergedAt: EpochMs
  readonly bytes: number
}

export type WarmExcess = { readonly use: WarmUse; readonly usedBytes: number; readonly limitBytes: number }

/** A warm release of a stage that may be let go of; the first is what a rollback would go to, and stays. */
export function isWarmTarget(stage: StageState, release: ReleaseNumber): boolean {
  return warmReleases(stage)[0] === release
}

/**
 * The next to go on one host, or to be told of when only targets are left: the oldest change first, and of targets the
 * largest. Undefined while the limit holds.
 */
export function warmExcess(
  uses: readonly WarmUse[],
  limit: MemoryLimit,
  hostBytes: number,
): WarmExcess | undefined {
  const limitBytes = limit.kind === 'bytes' ? limit.bytes : Math.floor((hostBytes * limit.percent) / 100)
  const usedBytes = uses.reduce((sum, { bytes }) => sum + bytes, 0)
  if (usedBytes <= limitBytes) return undefined
  const holding = uses.filter(({ bytes }) => bytes > 0)
  const [use] = holding.some(({ isTarget }) => !isTarget)
    ? holding.filter(({ isTarget }) => !isTarget).toSorted((left, right) => left.mergedAt - right.mergedAt)
    : holding.toSorted((left, right) => right.bytes - left.bytes)
  return use && { use, usedBytes, limitBytes }
}

type Report = Extract<ReportCommand, { type: 'report-warm-memory' }>

/** Asked with what was seen a moment ago: what is no longer warm needs nothing. */
export function decideWarmMemory(state: ServiceState, command: Report): Decision {
  const { release, usedBytes, limitBytes, at, by } = command
  const stage = stageOf(state, command.stage)
  if (usedBytes <= limitBytes || !warmReleases(stage).includes(release)) return nothing
  const facts = { stage: stage.stage, release, usedBytes, limitBytes, at, by }
  if (!isWarmTarget(stage, release)) return accept({ type: 'warm-cut', ...facts })
  return stage.warmTold === release ? nothing : accept({ type: 'warm-over-limit', ...facts })
}

export function withoutCut(stage: StageState, release: ReleaseNumber): StageState {
  if (stage.warmCut?.[release] === undefined) return stage
  const { [release]: _, ...warmCut } = stage.warmCut
  return { ...stage, warmCut }
}

export function memoryText(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}

/** Why a release is not warm any more, or still is; undefined where memory has nothing to do with it. */
export function warmMemoryText(stage: StageState, release: ReleaseNumber): string | undefined {
  const cut = stage.warmCut?.[release]
  if (cut && !warmReleases(stage).includes(release))
    return `it is not kept warm: warm releases held ${memoryText(cut.usedBytes)} of memory where ${memoryText(cut.limitBytes)} are allowed; a rollback to it starts it anew`
  if (stage.warmTold === release && isWarmTarget(stage, release))
    return 'warm releases hold more memory than is allowed; it stays warm, because a rollback would go to it'
  return undefined
}
