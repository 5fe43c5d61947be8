// What the outside should look like, from state alone: instances by release, and the traffic plan. What is there and
// not wanted goes only after the router acknowledged a plan that no longer needs it.
import type { ReleaseNumber } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import type { AcknowledgedArm, Rollout, StageState } from './state.ts'

export type Role = 'live' | 'candidate' | 'warm'
export type WantedFleet = { readonly release: ReleaseNumber; readonly count: number; readonly role: Role }

/** Instances a rollout needs at one of its steps. */
export function candidateCount(definition: StageDefinition, rollout: Rollout): number {
  const step = rollout.steps[rollout.step]
  if (!step || step.kind === 'all' || step.kind === 'replace') return definition.instances
  if (step.kind === 'one-box') return 1
  return Math.max(1, Math.ceil((definition.instances * step.percent) / 100))
}

/** A state before an event and the one after it, of a stage and perhaps its neighbour. */
const KEPT = 4

/**
 * A state never changes, so what follows from one is worked out once: the rules ask the same several times in a row.
 * Only the last few are kept, which is cheaper than a weak map.
 */
function once<Result>(
  workOut: (definition: StageDefinition, stage: StageState) => Result,
): (definition: StageDefinition, stage: StageState) => Result {
  type Known = { readonly definition: StageDefinition; readonly stage: StageState; readonly result: Result }
  const known: (Known | undefined)[] = Array.from({ length: KEPT })
  let next = 0
  return (definition, stage) => {
    for (const kept of known) if (kept?.stage === stage && kept.definition === definition) return kept.result
    const result = workOut(definition, stage)
    known[next] = { definition, stage, result }
    next = (next + 1) % KEPT
    return result
  }
}

export const wantedFleets = once((definition, stage): readonly WantedFleet[] => {
  const wanted = new Map<ReleaseNumber, WantedFleet>()
  const want = (release: ReleaseNumber, count: number, role: Role): void => {
    const already = wanted.get(release)
    if (count > (already?.count ?? 0)) wanted.set(release, { release, count, role: already?.role ?? role })
  }
  const { live, rollout } = stage
  if (isExclusive(definition, rollout)) return exclusiveFleet(definition, stage)
  if (live) want(live.release, definition.instances, 'live')
  if (rollout) want(rollout.release, candidateCount(definition, rollout), 'candidate')
  if (stage.beside) want(stage.beside.release, 1, 'candidate')
  // A failed candidate keeps its instances until the router has let go of them; `surplus` takes them down.
  for (const [index, release] of warmReleases(stage).entries())
    want(release, index === 0 ? definition.instances : 1, 'warm')
  return [...wanted.values()]
})

/** What may not run twice: one release at a time, which grows only when nothing else is there any more. */
function exclusiveFleet(definition: StageDefinition, stage: StageState): readonly WantedFleet[] {
  const { live, rollout } = stage
  const release = rollout?.release ?? live?.release
  if (release === undefined) return []
  const full = rollout ? candidateCount(definition, rollout) : definition.instances
  const there = Math.min(full, stage.fleets[release]?.count ?? 0)
  const count = isEmptied(stage, release) ? full : there
  return count > 0 ? [{ release, count, role: release === live?.release ? 'live' : 'candidate' }] : []
}

/** The release a rollback would go to, kept whole while the newest is watched, and one instance of the one before. */
export function warmReleases(stage: StageState): readonly ReleaseNumber[] {
  const candidates = stage.before.filter(
    (release) =>
      release !== stage.live?.release &&
      release !== stage.rollout?.release &&
      (stage.marks[release]?.against ?? null) === null &&
      (stage.marks[release]?.takenOut ?? null) === null,
  )
  return stage.watch || stage.rollout ? candidates.slice(0, 2) : candidates.slice(0, 1)
}

/**
 * With `replace` the old instances stop first, whether the rollout goes forward or back. A rollout under way keeps to
 * the steps it began with, whatever the config says meanwhile.
 */
function isExclusive(definition: StageDefinition, rollout: Rollout | null): boolean {
  return (rollout ?? { steps: definition.rollout }).steps.some(({ kind }) => kind === 'replace')
}

/** Neither known nor possibly asked for: nothing but `release` runs. */
function isEmptied(stage: StageState, release: ReleaseNumber): boolean {
  const others = [...Object.entries(stage.fleets), ...Object.entries(stage.unheard)]
  return others.every(([other]) => Number(other) === release)
}

/** Share of the traffic that the candidate has in the phase it is in. */
function candidatePercent(rollout: Rollout): number {
  const reached =
    rollout.phase === 'shifting' || rollout.phase === 'soaking' ? rollout.step : rollout.step - 1
  return reached < 0 ? 0 : (rollout.steps[reached]?.percent ?? 0)
}

/** Arms the router should have, weights summing to 100, or all 0 where nothing may be served. */
export const wantedArms = once((definition, stage): readonly AcknowledgedArm[] => {
  const { live, rollout } = stage
  const weights = new Map<ReleaseNumber, number>()
  const exclusive = isExclusive(definition, rollout)
  const isReplaced = exclusive && rollout !== null && rollout.release !== live?.release
  if (rollout && (rollout.phase !== 'preparing' || rollout.step > 0)) {
    const percent = isReplaced && rollout.phase === 'preparing' ? 0 : candidatePercent(rollout)
    weights.set(rollout.release, percent)
    if (live && live.release !== rollout.release && !isReplaced) weights.set(live.release, 100 - percent)
  } else if (live && !isReplaced) weights.set(live.release, 100)
  if (!exclusive && stage.beside && !weights.has(stage.beside.release)) weights.set(stage.beside.release, 0)
  if (!exclusive)
    for (const release of warmReleases(stage)) if (!weights.has(release)) weights.set(release, 0)
  const fleets = new Map(wantedFleets(definition, stage).map((fleet) => [fleet.release, fleet]))
  return [...weights]
    .filter(([release]) => (stage.fleets[release]?.instances.length ?? 0) > 0)
    .sort(([left], [right]) => left - right)
    .map(([release, weightPercent]) => ({
      release,
      weightPercent,
      // Surplus instances leave the plan first, and only then the host.
      instances: (stage.fleets[release]?.instances ?? []).slice(
        0,
        Math.max(1, fleets.get(release)?.count ?? 1),
      ),
    }))
})

/** Whether the routers are known to do what is wanted: what they acknowledged is that, and nothing older can still land. */
export function isRouted(definition: StageDefinition, stage: StageState): boolean {
  return stage.plan.generation >= stage.wishedAt && sameArms(stage.plan.arms, wantedArms(definition, stage))
}

export function sameArms(left: readonly AcknowledgedArm[], right: readonly AcknowledgedArm[]): boolean {
  return (
    left.length === right.length &&
    left.every((arm, index) => {
      const other = right[index]
      return (
        other !== undefined &&
        arm.release === other.release &&
        arm.weightPercent === other.weightPercent &&
        arm.instances.length === other.instances.length &&
        arm.instances.every((instance, at) => {
          const twin = other.instances[at]
          return twin?.id === instance.id && twin.port === instance.port && twin.host === instance.host
        })
      )
    })
  )
}

/** Fleets larger than wanted whose surplus the acknowledged plan sends nothing to: they may be drained and stopped. */
export function surplusFleets(definition: StageDefinition, stage: StageState): readonly WantedFleet[] {
  const wanted = new Map(wantedFleets(definition, stage).map((fleet) => [fleet.release, fleet]))
  if (!isRouted(definition, stage)) return []
  const releases = new Set([...Object.keys(stage.fleets), ...Object.keys(stage.unheard)].map(Number))
  return [...releases].flatMap((release) => {
    const there = Math.max(stage.fleets[release]?.count ?? 0, stage.unheard[release] ?? 0)
    const want = wanted.get(release)
    if (there <= (want?.count ?? 0)) return []
    return [{ release, count: want?.count ?? 0, role: want?.role ?? 'warm' }]
  })
}

/**
 * Instances that may be stopped from now on are no longer counted on: the host may be asked, and do it, without anybody
 * hearing of it. They stay known as ones that may be there.
 */
export function giveUpSurplus(definition: StageDefinition, stage: StageState): StageState {
  const surplus = surplusFleets(definition, stage).filter(
    ({ release, count }) => (stage.fleets[release]?.count ?? 0) > count,
  )
  if (surplus.length === 0) return stage
  const fleets = { ...stage.fleets }
  const unheard = { ...stage.unheard }
  for (const { release, count } of surplus) {
    const fleet = fleets[release]
    if (!fleet) continue
    unheard[release] = Math.max(fleet.count, unheard[release] ?? 0)
    if (count === 0) delete fleets[release]
    else fleets[release] = { count, instances: fleet.instances.slice(0, count) }
  }
  return { ...stage, fleets, unheard }
}

/** Fleets that must grow (or be confirmed) before anything else can go on. */
export function missingFleets(definition: StageDefinition, stage: StageState): readonly WantedFleet[] {
  return wantedFleets(definition, stage).filter(
    (fleet) => (stage.fleets[fleet.release]?.count ?? 0) < fleet.count && !isWarmOnly(stage, fleet),
  )
}

/** Warm releases are what is left of a fleet; none is started only to be warm. */
function isWarmOnly(_stage: StageState, fleet: WantedFleet): boolean {
  return fleet.role === 'warm'
}
