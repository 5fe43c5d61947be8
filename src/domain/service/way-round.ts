// What goes round the queue, on its way: what keeps it, what is due for it, and its checks beside earlier stages.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import { machine } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { missingReason } from './added-artifact.ts'
import { approvalReasons } from './approvals.ts'
import { comparingReason } from './comparing.ts'
import type { MachineCommand } from './command.ts'
import type { Intent } from './intent.ts'
import type { GateReason } from './gate-reason.ts'
import { WAYS } from './lanes.ts'
import { blockedBy } from './lifting.ts'
import { markOf, stageOf, type ServiceState, type StageState, type WayRound } from './state.ts'
import { isRouted } from './wanted.ts'

/** Everything that keeps a hotfix or an emergency from entering now; empty when it may. */
export function roundReasons(
  state: ServiceState,
  definition: StageDefinition,
  { lane, release, locks, rejected, toCheck }: WayRound,
): readonly GateReason[] {
  const stage = stageOf(state, definition.stage)
  const rules = WAYS[lane]
  const reasons: GateReason[] = []
  const say = (code: string, text: string): void => void reasons.push({ code, text, until: null })
  const record = state.releases[release]
  const build = record?.build
  const missing = record && state.definition ? missingReason(state.definition, record) : undefined
  if (build?.state === 'failed') say('build/failed', `its build failed: ${build.message}`)
  else if (missing) reasons.push(missing)
  else if (build?.state !== 'done') say('build/not-done', 'it is being built')
  for (const earlier of toCheck)
    say('round/checking-beside', `the checks of ${earlier} run against one instance of it beside that stage`)
  for (const lock of stage.locks.filter(({ id }) => !locks.includes(id)))
    say(
      'gate/locked',
      `${stage.stage} was locked meanwhile by ${lock.owner}: ${lock.reason}; lift ${lock.id}, or call it off and name it`,
    )
  const named = rules.rejection === 'by name' ? rejected : []
  for (const change of blockedBy(state, release, stage.stage).filter((one) => !named.includes(one)))
    say('gate/rejected', `it contains ${releaseName(change)}, which was rejected meanwhile`)
  for (const reason of comparingReason(state, release, named)) say(reason.code, reason.text)
  if (rules.approval === 'waits') reasons.push(...approvalReasons(state, definition, release))
  if (stage.rollout)
    say(
      'gate/rollout-under-way',
      stage.rollout.direction === 'back'
        ? `${stage.stage} goes back to ${releaseName(stage.rollout.release)} first`
        : `${releaseName(stage.rollout.release)} is rolling out in ${stage.stage}`,
    )
  return reasons
}

/** What is due for what goes round, into this stage or beside it; undefined where nothing is. */
export function roundMove(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): readonly MachineCommand[] | undefined {
  const stage = stageOf(state, definition.stage)
  const { wayRound, beside } = stage
  const by = machine('way round')
  if (beside) {
    const goesOn = stageOf(state, beside.target).wayRound?.release === beside.release
    if (!goesOn || openChecks(definition, stage).length === 0)
      return [{ type: 'end-beside', stage: stage.stage, release: beside.release, at: now, by }]
  } else {
    const release = besideOwed(state, service, definition)
    if (release !== undefined) return [{ type: 'start-beside', stage: stage.stage, release, at: now, by }]
  }
  if (!wayRound || stage.rollout?.release === wayRound.release) return undefined
  const { release } = wayRound
  if (state.releases[release]?.build.state === 'failed')
    return [{ type: 'close-round', stage: stage.stage, release, at: now, by }]
  if (roundReasons(state, definition, wayRound).length > 0) return undefined
  return [{ type: 'enter-round', stage: stage.stage, release, tick: 0, at: now, by: machine(wayRound.lane) }]
}

/** What is on its way into a later stage, is built, and has the checks of this one still to pass. */
export function besideOwed(
  state: ServiceState,
  service: ServiceDefinition,
  { stage: name }: StageDefinition,
): ReleaseNumber | undefined {
  for (const { stage } of service.stages) {
    const { wayRound } = stageOf(state, stage)
    if (!wayRound?.toCheck.includes(name)) continue
    if (state.releases[wayRound.release]?.build.state === 'done') return wayRound.release
  }
  return undefined
}

/**
 * Earlier stages whose checks a release has not passed: those where one more instance may run beside what is there, and
 * those that replace what they run, whose checks are left out.
 */
export function stagesToCheck(
  state: ServiceState,
  service: ServiceDefinition,
  target: string,
  release: ReleaseNumber,
): { readonly beside: readonly string[]; readonly leftOut: readonly string[] } {
  // Settings are of this stage alone: beside an earlier one they would not be seen.
  if (state.releases[release]?.origin.kind === 'settings') return { beside: [], leftOut: [] }
  const index = service.stages.findIndex(({ stage }) => stage === target)
  const open = service.stages.slice(0, index).filter(({ stage: name, checks }) => {
    const stage = stageOf(state, name)
    const mark = markOf(stage, release)
    const wasIn = mark.entered && mark.against === null && stage.rollout?.release !== release
    return checks.length > 0 && !wasIn && !stage.retired
  })
  const [leftOut, beside] = [true, false].map((isReplacing) =>
    open
      .filter(({ rollout }) => rollout.some(({ kind }) => kind === 'replace') === isReplacing)
      .map(({ stage }) => stage),
  )
  return { beside: beside ?? [], leftOut: leftOut ?? [] }
}

function openChecks(definition: StageDefinition, { beside }: StageState): StageDefinition['checks'] {
  return definition.checks.filter(({ check }) => !(beside?.passed ?? []).includes(check))
}

/** Checks of this stage against the one instance that runs beside it. */
export function besideChecks(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
): readonly Intent[] {
  const { beside } = stage
  if (!beside || (stage.fleets[beside.release]?.count ?? 0) < 1 || !isRouted(definition, stage)) return []
  const from = stageOf(state, beside.target).live?.release ?? null
  return openChecks(definition, stage).map((check) => ({
    do: 'check-beside',
    stage: stage.stage,
    release: beside.release,
    from,
    check,
  }))
}
