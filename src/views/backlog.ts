// What piles up before each stage: what it is made of, how risky it looks, how old it is, and what would come through the
// gate if somebody opened it.
import type { Backlog, BacklogChange, BacklogStage, ChangeSize, Opening } from '../api/backlog.ts'
import { risksOf, type Touched } from '../domain/change/touched.ts'
import { HORIZON_MS, playForward, type Foretold } from '../domain/forecast/play-forward.ts'
import type { EpochMs, ReleaseNumber } from '../domain/names.ts'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import { isOfLine, releaseName } from '../domain/release-number.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { changesBetween, contains } from '../domain/service/contains.ts'
import { isLifted } from '../domain/service/lifting.ts'
import { nextUp } from '../domain/service/queue.ts'
import { stageOf, type ServiceState, type StageState } from '../domain/service/state.ts'
import { duration } from './forecast.ts'
import { bringing, movesOf, namesOf, type Move } from './moves.ts'
import { whyNotIn, type Seen } from './why.ts'

/** Changes shown before one stage, the oldest first. */
const CHANGES_MAX = 200
const HOUR_MS = 3_600_000
/** From when on a waiting change is old, and very old: what is merged and not live is what comes down at once. */
export const OLD_MS = 24 * HOUR_MS
export const VERY_OLD_MS = 72 * HOUR_MS

export type BacklogSeen = Seen & { readonly touched: (sha: string) => Touched | undefined }

export function backlog(state: ServiceState, service: ServiceDefinition, seen: BacklogSeen): Backlog {
  const foretold = playForward(state, seen)
  const moves = movesOf(foretold)
  return {
    service: service.service,
    at: seen.now,
    stages: service.stages.map((definition) =>
      backlogStage(state, service, definition, seen, { foretold, moves }),
    ),
    bottleneck: bottleneck(state, service, seen.now, { foretold, moves }),
  }
}

type Told = { readonly foretold: Foretold; readonly moves: readonly Move[] }

/** Merged changes that a stage does not run, oldest first. */
function waitingFor(state: ServiceState, live: ReleaseNumber | null): readonly ReleaseNumber[] {
  if (!state.releases[state.head]) return []
  return changesBetween(state, live, state.head).filter(isOfLine)
}

function isSetAside(state: ServiceState, change: ReleaseNumber): boolean {
  return (state.releases[change]?.rejected ?? null) !== null || isLifted(state, change, state.head)
}

function backlogStage(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  seen: BacklogSeen,
  told: Told,
): BacklogStage {
  const stage = stageOf(state, definition.stage)
  const waiting = waitingFor(state, stage.live?.release ?? null)
  const changes = waiting
    .slice(0, CHANGES_MAX)
    .flatMap((change) => backlogChange(state, service, definition, change, seen, told) ?? [])
  return {
    stage: definition.stage,
    changes,
    size: sumOf(changes.map(({ size }) => size)),
    age: ageOf(state, waiting, seen.now),
    openings: waiting.length === 0 ? [] : openingsOf(state, definition, stage, seen),
  }
}

function backlogChange(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  number: ReleaseNumber,
  seen: BacklogSeen,
  { foretold, moves }: Told,
): BacklogChange | undefined {
  const release = state.releases[number]
  if (!release) return undefined
  const { change, mergedAt } = release
  const touched = seen.touched(change.sha)
  const move = bringing(foretold.state, moves, definition.stage, number)
  return {
    release: number,
    name: releaseName(number),
    sha: change.sha,
    subject: change.subject,
    author: change.author.name,
    coAuthors: change.coAuthors.map(({ name }) => name),
    pullRequest: change.pullRequest,
    mergedAt,
    waitedMs: Math.max(0, seen.now - mergedAt),
    size: touched ? { files: touched.count, added: touched.added, removed: touched.removed } : null,
    risks: touched ? risksOf(touched.files).map((risk) => ({ ...risk, files: [...risk.files] })) : [],
    isSetAside: isSetAside(state, number),
    why: [...whyNotIn(state, service, definition, number, seen)],
    liveAt: move?.liveAt ?? null,
    liveIn: move && move.liveAt !== null ? move.release : null,
  }
}

function sumOf(sizes: readonly (ChangeSize | null)[]): ChangeSize | null {
  return sizes.reduce<ChangeSize | null>(
    (sum, size) =>
      sum && size
        ? {
            files: sum.files + size.files,
            added: sum.added + size.added,
            removed: sum.removed + size.removed,
          }
        : null,
    { files: 0, added: 0, removed: 0 },
  )
}

function ageOf(state: ServiceState, waiting: readonly ReleaseNumber[], now: EpochMs): BacklogStage['age'] {
  const open = waiting.filter((change) => !isSetAside(state, change))
  const [oldest] = open
  const mergedAt = oldest === undefined ? undefined : state.releases[oldest]?.mergedAt
  if (oldest === undefined || mergedAt === undefined) return null
  const oldestMs = Math.max(0, now - mergedAt)
  const level = oldestMs >= VERY_OLD_MS ? 'very-old' : oldestMs >= OLD_MS ? 'old' : 'fresh'
  const others = open.length === 1 ? '' : `, and ${open.length} changes would come down close together`
  const text = `${releaseName(oldest)} was merged ${duration(oldestMs)} ago and is not here yet${others}`
  return { oldestMs, level, text: level === 'fresh' ? null : text }
}

/** What would come in by either policy if every lock of the stage were lifted now; nothing where none stands. */
function openingsOf(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  seen: BacklogSeen,
): Opening[] {
  if (stage.locks.length === 0) return []
  return (['each', 'latest'] as const).map((queue) => {
    const unlocks = stage.locks.map(
      ({ id, everywhere }): ServiceCommand => ({
        type: 'unlock',
        stage: stage.stage,
        lock: id,
        incidentClosed: false,
        queue,
        everywhere,
        at: seen.now,
        by: { kind: 'person', name: 'nobody' },
      }),
    )
    const goes = movesOf(playForward(state, seen, unlocks)).filter((move) => move.stage === definition.stage)
    return {
      queue,
      text: openingText(definition.stage, queue, goes),
      goes: goes.map(({ release, changes, at, liveAt }) => ({ release, changes: [...changes], at, liveAt })),
    }
  })
}

function openingText(stage: string, queue: Opening['queue'], goes: readonly Move[]): string {
  const [first] = goes
  if (!first) return `nothing would come into ${stage}: something else keeps it`
  const changes = goes.reduce((sum, move) => sum + move.changes.length, 0)
  const what = changes === 1 ? '1 change' : `${changes} changes`
  const inOne = `${what} in one: ${releaseName(first.release)}`
  if (goes.length === 1) return inOne
  return `${what} in ${goes.length} releases, ${queue === 'latest' ? `the first with ${first.changes.length} of them` : 'one at a time'}: ${namesOf(goes.map(({ release }) => release))}`
}

/** Where what is merged would wait longest, all of it together. */
function bottleneck(
  state: ServiceState,
  service: ServiceDefinition,
  now: EpochMs,
  told: Told,
): Backlog['bottleneck'] {
  let worst: { readonly stage: StageDefinition; readonly ms: number; readonly waiting: number } | undefined
  for (const [index, definition] of service.stages.entries()) {
    const live = stageOf(state, definition.stage).live?.release ?? null
    const before = service.stages[index - 1]
    const open = waitingFor(state, live).filter((change) => !isSetAside(state, change))
    const waits = open.map((change) => waitMs(state, before, definition, change, now, told))
    const ms = waits.reduce((sum, wait) => sum + wait, 0)
    const waiting = waits.filter((wait) => wait > 0).length
    if (waiting > 0 && ms > (worst?.ms ?? 0)) worst = { stage: definition, ms, waiting }
  }
  if (!worst) return null
  const { stage, waiting } = worst
  const [why] = nextUp(state, service, stage, now)?.why ?? []
  const text = `${stage.stage} keeps ${waiting === 1 ? '1 change' : `${waiting} changes`} waiting longest${why ? `: ${why.text}` : ''}`
  return { stage: stage.stage, text, waiting }
}

/** From when it is live in the stage before until it enters this one. */
function waitMs(
  state: ServiceState,
  before: StageDefinition | undefined,
  definition: StageDefinition,
  change: ReleaseNumber,
  now: EpochMs,
  { foretold, moves }: Told,
): number {
  const live = before && stageOf(state, before.stage).live
  const isThere = !before || (live && contains(state, live.release, change))
  const since = isThere ? now : bringing(foretold.state, moves, before.stage, change)?.liveAt
  if (since === null || since === undefined) return 0
  const at = bringing(foretold.state, moves, definition.stage, change)?.at ?? now + HORIZON_MS
  return Math.max(0, at - since)
}
