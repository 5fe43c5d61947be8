// How new boxes behaved in earlier deploys: of each release that came beside another and stayed, how it failed by age,
// next to the old one at the same time. From these the warm-up of the service is learned.
import type { ReleaseNumber } from '../../names.ts'
import type { ArmTick, Tick } from '../tick.ts'
import { learnWarmUp, type AgedCounts, type WarmUp } from './warm-up.ts'

export type DeploySeen = {
  readonly release: ReleaseNumber
  readonly ageMs: number
  /** How many boxes it began with: when there are more, their ages are mixed and nothing more is learned. */
  readonly boxes: number
  readonly isOver: boolean
  /** It got all of the traffic in the end. */
  readonly isGood: boolean
  /** One per step of age, by age. */
  readonly steps: readonly AgedCounts[]
}

const DEPLOYS_KEPT = 8
const STEP_MS = 30_000
const AGE_MS_MAX = 600_000
/** Failures that old boxes would have had, over all deploys: with fewer nothing can be told of new ones. */
const EXPECTED_MIN = 5

export function withDeploys(deploys: readonly DeploySeen[], tick: Tick): readonly DeploySeen[] {
  if (!tick.routerSeen || tick.held === true || tick.spanMs <= 0) return deploys
  const known = deploys.map((deploy) => gone(withSpan(deploy, tick), tick))
  const newest = Math.max(0, ...deploys.map(({ release }) => release))
  const begun = newcomer(tick)
  if (begun === undefined || begun.release <= newest) return changed(deploys, known)
  const counted = { ageMs: 0, boxes: begun.instances.ready, isOver: false, isGood: false, steps: [] }
  return [...known, withSpan({ release: begun.release, ...counted }, tick)].slice(-DEPLOYS_KEPT)
}

/** The newest release of a tick, while an older one is served beside it. */
function newcomer({ arms }: Tick): ArmTick | undefined {
  const served = arms.filter(({ weightPercent }) => weightPercent > 0)
  const newest = Math.max(...served.map(({ release }) => release))
  if (served.length < 2) return undefined
  return served.find(({ release, instances }) => release === newest && instances.ready > 0)
}

/** The very same list where nothing changed: this is asked at every tick. */
function changed(before: readonly DeploySeen[], now: readonly DeploySeen[]): readonly DeploySeen[] {
  return now.every((deploy, at) => deploy === before[at]) ? before : now
}

function withSpan(deploy: DeploySeen, { arms, spanMs }: Tick): DeploySeen {
  if (deploy.isOver) return deploy
  const mine = arms.find(({ release }) => release === deploy.release)
  const theirs = arms
    .filter(({ release, requests }) => release < deploy.release && requests > 0)
    .toSorted((left, right) => right.requests - left.requests)[0]
  if (!mine || !theirs || mine.instances.ready > deploy.boxes || deploy.ageMs >= AGE_MS_MAX)
    return { ...deploy, isOver: true }
  return {
    ...deploy,
    ageMs: deploy.ageMs + spanMs,
    steps: withStep(deploy.steps, deploy.ageMs, mine, theirs),
  }
}

/** It has all of it, or it is gone. */
function gone(deploy: DeploySeen, { arms }: Tick): DeploySeen {
  if (deploy.isGood) return deploy
  const mine = arms.find(({ release }) => release === deploy.release)
  return mine?.weightPercent === 100 ? { ...deploy, isOver: true, isGood: true } : deploy
}

function withStep(
  steps: readonly AgedCounts[],
  ageMs: number,
  mine: ArmTick,
  theirs: ArmTick,
): readonly AgedCounts[] {
  const stepMs = Math.floor(ageMs / STEP_MS) * STEP_MS
  const last = steps.at(-1)
  const isSame = last !== undefined && last.ageMs === stepMs
  const sum = isSame ? last : { newRequests: 0, newHits: 0, oldRequests: 0, oldHits: 0 }
  const step = {
    ageMs: stepMs,
    newRequests: sum.newRequests + mine.requests,
    newHits: sum.newHits + mine.errors,
    oldRequests: sum.oldRequests + theirs.requests,
    oldHits: sum.oldHits + theirs.errors,
  }
  return [...(isSame ? steps.slice(0, -1) : steps), step]
}

/** Null until enough was seen of others than those on trial: then the guess stands. */
export function warmUpSeen(deploys: readonly DeploySeen[], onTrial: readonly ReleaseNumber[]): WarmUp | null {
  const good = deploys.filter(({ release, isGood }) => isGood && !onTrial.includes(release))
  const expected = good
    .flatMap(({ steps }) => steps)
    .reduce(
      (sum, step) => sum + (step.oldRequests > 0 ? (step.newRequests * step.oldHits) / step.oldRequests : 0),
      0,
    )
  return expected < EXPECTED_MIN ? null : learnWarmUp(good.map(({ steps }) => steps))
}
