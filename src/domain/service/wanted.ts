// What the outside should look like, from state alone: instances by release, and the traffic plan. What is there and
// not wanted goes only after the router acknowledged a plan that no longer needs it.
import type { ReleaseNumber } from '../names.ts'
import type { StageDefinition, WorkerCounts } from '../pipeline/definition.ts'
import type { PlanTrack } from '../traffic/plan.ts'
import { isCommandOwed } from './command-run.ts'
import { oncePerStage, type WantedFrom } from './once-per-stage.ts'
import type { AcknowledgedArm, Rollout, StageState } from './state.ts'
import { sameTracks, trackWants, wantedTracks } from './track-plan.ts'
import { candidateWorkers, mostWorkers, noWorkers, partAt, reachedStep, sameWorkers } from './workers.ts'

export type Role = 'live' | 'candidate' | 'warm'
export type WantedFleet = {
  readonly release: ReleaseNumber
  readonly count: number
  readonly role: Role
  /** Absent: the service has no other processes. */
  readonly workers?: WorkerCounts | undefined
}

/** Instances a rollout needs at one of its steps: none before its command has ended well. */
export function candidateCount(definition: StageDefinition, stage: WantedFrom, rollout: Rollout): number {
  if (isCommandOwed(stage, rollout)) return 0
  // What takes its work by itself starts when the gate of its step was passed, and not to be ready for it.
  const at = definition.portless ? reachedStep(rollout) : rollout.step
  return at < 0 ? 0 : partAt(definition.instances, rollout.steps[at])
}

/** All that a plan says of who gets what; rules by the version at which they changed last. */
export type WantedRoutes = {
  readonly arms: readonly AcknowledgedArm[]
  readonly tracks: readonly PlanTrack[]
  readonly rulesAt: number
}

const NO_TRACKS: readonly PlanTrack[] = []

const wishes = oncePerStage((definition, stage) => {
  const fleets = fleetsOf(definition, stage)
  const routes: WantedRoutes = {
    arms: armsOf(definition, stage, fleets),
    tracks: isExclusive(definition, stage.rollout) ? NO_TRACKS : wantedTracks(stage),
    rulesAt: stage.routes.rulesAt,
  }
  return { fleets, routes }
})

export function wantedFleets(definition: StageDefinition, stage: WantedFrom): readonly WantedFleet[] {
  return wishes(definition, stage).fleets
}

export function wantedRoutes(definition: StageDefinition, stage: WantedFrom): WantedRoutes {
  return wishes(definition, stage).routes
}

/** Arms the router should have, weights summing to 100, or all 0 where nothing may be served. */
export function wantedArms(definition: StageDefinition, stage: WantedFrom): readonly AcknowledgedArm[] {
  return wantedRoutes(definition, stage).arms
}

function fleetsOf(definition: StageDefinition, stage: WantedFrom): readonly WantedFleet[] {
  const { live, rollout } = stage
  if (isExclusive(definition, rollout)) return exclusiveFleet(definition, stage)
  const wanted: WantedFleet[] = []
  if (live)
    want(wanted, {
      release: live.release,
      count: definition.instances,
      role: 'live',
      workers: definition.workers,
    })
  if (rollout) {
    const count = candidateCount(definition, stage, rollout)
    const workers = candidateWorkers(definition, rollout)
    want(wanted, { release: rollout.release, count, role: 'candidate', workers })
  }
  const workers = noWorkers(definition)
  // What is also rolling out here starts beside it no sooner than there: not before its command has ended well.
  const isOwed = rollout?.release === stage.beside?.release && rollout && isCommandOwed(stage, rollout)
  if (stage.beside && !isOwed)
    want(wanted, { release: stage.beside.release, count: 1, role: 'candidate', workers })
  for (const { release, count, role } of trackWants(stage)) want(wanted, { release, count, role, workers })
  if (definition.portless) return wanted
  // A failed candidate keeps its instances until the router has let go of them; `surplus` takes them down.
  let count = definition.instances
  for (const release of warmReleases(stage)) {
    want(wanted, { release, count, role: 'warm', workers })
    count = 1
  }
  return wanted
}

/** A release that is wanted for two reasons is wanted as often as the stronger asks, in the first one's role. */
function want(wanted: WantedFleet[], fleet: WantedFleet): void {
  const known = fleetOf(wanted, fleet.release)
  const most = mostWorkers(known?.workers, fleet.workers)
  const workers = most === undefined ? {} : { workers: most }
  const { release, count, role } = fleet
  if (known) {
    if (count <= known.count && sameWorkers(known.workers, most)) return
    wanted[wanted.indexOf(known)] = {
      release,
      count: Math.max(count, known.count),
      role: known.role,
      ...workers,
    }
  } else if (count > 0) wanted.push({ release, count, role, ...workers })
}

/** A loop because it is asked several times for every event that is folded. */
function fleetOf(fleets: readonly WantedFleet[], release: ReleaseNumber): WantedFleet | undefined {
  for (const fleet of fleets) if (fleet.release === release) return fleet
  return undefined
}

/** What may not run twice: one release at a time, which grows only when nothing else is there any more. */
function exclusiveFleet(definition: StageDefinition, stage: WantedFrom): readonly WantedFleet[] {
  const { live, rollout } = stage
  const release = rollout?.release ?? live?.release
  if (release === undefined) return []
  const full = rollout ? candidateCount(definition, stage, rollout) : definition.instances
  const there = Math.min(full, stage.fleets[release]?.count ?? 0)
  const count = isEmptied(stage, release) ? full : there
  const workers = rollout ? candidateWorkers(definition, rollout) : definition.workers
  const known = isEmptied(stage, release) ? workers : stage.fleets[release]?.workers
  return count > 0
    ? [
        {
          release,
          count,
          role: release === live?.release ? 'live' : 'candidate',
          ...(known === undefined ? {} : { workers: known }),
        },
      ]
    : []
}

type WarmFrom = Pick<WantedFrom, 'live' | 'rollout' | 'watch' | 'before' | 'marks' | 'warmCut'>

/** The release a rollback would go to, kept whole while the newest is watched, and one instance of the one before. */
export function warmReleases(stage: WarmFrom): readonly ReleaseNumber[] {
  const most = stage.watch || stage.rollout ? 2 : 1
  const warm: ReleaseNumber[] = []
  for (const release of stage.before) {
    if (warm.length === most) break
    if (isWorthKeeping(stage, release)) warm.push(release)
  }
  // Memory was short; but what a rollback would go to stays, whatever it was before.
  return stage.warmCut === undefined
    ? warm
    : warm.filter((release, index) => index === 0 || stage.warmCut?.[release] === undefined)
}

function isWorthKeeping(stage: WarmFrom, release: ReleaseNumber): boolean {
  if (release === stage.live?.release || release === stage.rollout?.release) return false
  const mark = stage.marks[release]
  return mark === undefined || (mark.against === null && mark.takenOut === null)
}

/**
 * With `replace` the old instances stop first, whether the rollout goes forward or back. A rollout under way keeps to
 * the steps it began with, whatever the config says meanwhile.
 */
function isExclusive(definition: StageDefinition, rollout: Rollout | null): boolean {
  return (rollout ?? { steps: definition.rollout }).steps.some(({ kind }) => kind === 'replace')
}

/** Neither known nor possibly asked for: nothing but `release` runs. */
function isEmptied(stage: WantedFrom, release: ReleaseNumber): boolean {
  const others = [...Object.entries(stage.fleets), ...Object.entries(stage.unheard)]
  return others.every(([other]) => Number(other) === release)
}

/** Share of the traffic that the candidate has in the phase it is in. */
function candidatePercent(rollout: Rollout): number {
  const reached = reachedStep(rollout)
  return reached < 0 ? 0 : (rollout.steps[reached]?.percent ?? 0)
}

function armsOf(
  definition: StageDefinition,
  stage: WantedFrom,
  fleets: readonly WantedFleet[],
): readonly AcknowledgedArm[] {
  const arms: AcknowledgedArm[] = []
  for (const { release, weightPercent } of wantedWeights(definition, stage)) {
    const there = stage.fleets[release]?.instances ?? []
    if (there.length === 0) continue
    // Surplus instances leave the plan first, and only then the host.
    const count = Math.max(1, fleetOf(fleets, release)?.count ?? 1)
    const instances = count < there.length ? there.slice(0, count) : there
    putByRelease(arms, { release, weightPercent, instances })
  }
  return arms
}

/** Two or three arms: a sort costs more than all else that is done for an event. */
function putByRelease(arms: AcknowledgedArm[], arm: AcknowledgedArm): void {
  let at = arms.length
  for (let other = arms[at - 1]; other && other.release > arm.release; other = arms[at - 1]) {
    arms[at] = other
    at -= 1
  }
  arms[at] = arm
}

type Weight = { readonly release: ReleaseNumber; readonly weightPercent: number }

/** Each release once, also without instances. */
function wantedWeights(definition: StageDefinition, stage: WantedFrom): readonly Weight[] {
  const { live, rollout } = stage
  const exclusive = isExclusive(definition, rollout)
  const isReplaced = exclusive && rollout !== null && rollout.release !== live?.release
  const weights: Weight[] = []
  if (rollout && (rollout.phase !== 'preparing' || rollout.step > 0)) {
    const percent = isReplaced && rollout.phase === 'preparing' ? 0 : candidatePercent(rollout)
    weights.push({ release: rollout.release, weightPercent: percent })
    if (live && live.release !== rollout.release && !isReplaced)
      weights.push({ release: live.release, weightPercent: 100 - percent })
  } else if (live && !isReplaced) weights.push({ release: live.release, weightPercent: 100 })
  // What is warm is neither live nor on its way.
  if (!exclusive && !definition.portless)
    for (const release of warmReleases(stage)) weights.push({ release, weightPercent: 0 })
  if (!exclusive && !definition.portless)
    for (const { release } of [...(stage.beside ? [stage.beside] : []), ...trackWants(stage)])
      if (!weights.some((weight) => weight.release === release)) weights.push({ release, weightPercent: 0 })
  return weights
}

/** Whether the routers are known to do what is wanted: what they acknowledged is that, and nothing older can still land. */
export function isRouted(definition: StageDefinition, stage: StageState): boolean {
  const { generation, arms, tracks = NO_TRACKS, rulesAt = 0 } = stage.plan
  if (generation < stage.wishedAt) return false
  return sameRoutes({ arms, tracks, rulesAt }, wantedRoutes(definition, stage))
}

export function sameRoutes(left: WantedRoutes, right: WantedRoutes): boolean {
  return (
    left.rulesAt === right.rulesAt && sameTracks(left.tracks, right.tracks) && sameArms(left.arms, right.arms)
  )
}

export function sameArms(left: readonly AcknowledgedArm[], right: readonly AcknowledgedArm[]): boolean {
  if (left === right) return true
  return left.length === right.length && left.every((arm, index) => isSameArm(arm, right[index]))
}

function isSameArm(arm: AcknowledgedArm, other: AcknowledgedArm | undefined): boolean {
  return (
    other !== undefined &&
    arm.release === other.release &&
    arm.weightPercent === other.weightPercent &&
    sameInstances(arm.instances, other.instances)
  )
}

/** Mostly the very list that the routers were given. */
export function sameInstances(
  left: AcknowledgedArm['instances'],
  right: AcknowledgedArm['instances'],
): boolean {
  if (left === right) return true
  return (
    left.length === right.length &&
    left.every((instance, at) => {
      const twin = right[at]
      return twin?.id === instance.id && twin.port === instance.port && twin.host === instance.host
    })
  )
}

/** Fleets larger than wanted whose surplus the acknowledged plan sends nothing to: they may be drained and stopped. */
export function surplusFleets(definition: StageDefinition, stage: StageState): readonly WantedFleet[] {
  if (!isRouted(definition, stage)) return NO_FLEETS
  const wanted = wantedFleets(definition, stage)
  const surplus: WantedFleet[] = []
  for (const release of releasesThere(stage)) {
    const there = Math.max(stage.fleets[release]?.count ?? 0, stage.unheard[release] ?? 0)
    const known = fleetOf(wanted, release)
    const count = known?.count ?? 0
    const workers = known?.workers ?? noWorkers(definition)
    if (there > count)
      surplus.push({
        release,
        count,
        role: known?.role ?? 'warm',
        ...(workers === undefined ? {} : { workers }),
      })
  }
  return surplus
}

const NO_FLEETS: readonly WantedFleet[] = []

/** Releases with instances that are known of, then others that may have some. */
function releasesThere({ fleets, unheard }: StageState): readonly ReleaseNumber[] {
  const there: ReleaseNumber[] = []
  for (const release in fleets) there.push(Number(release))
  for (const release in unheard) if (!(release in fleets)) there.push(Number(release))
  return there
}

/**
 * Instances that may be stopped from now on are no longer counted on: the host may be asked, and do it, without anybody
 * hearing of it. They stay known as ones that may be there.
 */
export function giveUpSurplus(definition: StageDefinition, stage: StageState): StageState {
  const all = surplusFleets(definition, stage)
  if (all.length === 0) return stage
  const surplus = all.filter(({ release, count }) => (stage.fleets[release]?.count ?? 0) > count)
  if (surplus.length === 0) return stage
  const fleets = { ...stage.fleets }
  const unheard = { ...stage.unheard }
  for (const { release, count } of surplus) {
    const fleet = fleets[release]
    if (!fleet) continue
    unheard[release] = Math.max(fleet.count, unheard[release] ?? 0)
    if (count === 0) delete fleets[release]
    else fleets[release] = { ...fleet, count, instances: fleet.instances.slice(0, count) }
  }
  return { ...stage, fleets, unheard }
}

/** Fleets that must grow (or be confirmed) before anything else can go on. */
export function missingFleets(definition: StageDefinition, stage: StageState): readonly WantedFleet[] {
  return wantedFleets(definition, stage).flatMap((fleet) => {
    const there = stage.fleets[fleet.release]
    const isShort = (there?.count ?? 0) < fleet.count && !isWarmOnly(fleet)
    if (isShort || there === undefined) return isShort ? [fleet] : []
    // Its other processes alone are more or fewer: the instances that there are stay, the router may need them.
    return sameWorkers(there.workers, fleet.workers) ? [] : [{ ...fleet, count: there.count }]
  })
}

/** Warm releases are what is left of a fleet; none is started only to be warm. */
function isWarmOnly(fleet: WantedFleet): boolean {
  return fleet.role === 'warm'
}
