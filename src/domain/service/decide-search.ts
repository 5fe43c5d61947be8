// The search for a culprit, where the gates live: a probe begins through them like anything else, tells what it tells,
// and gives way to everything a person or a fix does.
import type { StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { nextProbe, probeEndsAt, probeOf, probeReasons, searchOver } from './culprit-search.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import { endProbe, probeTold, searchEnded, tooLittle } from './end-probe.ts'
import type { Finding } from './finding.ts'
import { list } from './gates.ts'
import { PROBE_PERCENT, probeMs } from './search-state.ts'
import { startRollout } from './start-rollout.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type SearchCommand = Of<'start-probe' | 'give-up-probe' | 'end-search'>
type Report = Of<'report-finding'>

export function decideSearch(state: ServiceState, command: SearchCommand): Decision {
  const definition = state.definition?.stages.find(({ stage }) => stage === command.stage)
  const stage = stageOf(state, command.stage)
  if (!definition || !stage.search) return nothing
  switch (command.type) {
    case 'start-probe':
      return startProbe(state, definition, stage, command)
    case 'give-up-probe':
      return giveUpProbe(state, stage, command)
    case 'end-search':
      return endSearch(state, definition, stage, command)
  }
}

function startProbe(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { release, tick, at, by }: Of<'start-probe'>,
): Decision {
  const { search } = stage
  if (!search || nextProbe(state, definition, stage, search).release !== release) return nothing
  const [reason] = probeReasons(state, definition, at)
  if (reason) return refuse(reason.code, reason.text)
  const isReplacing = definition.rollout.some(({ kind }) => kind === 'replace')
  const soakMs = probeMs(search)
  return accept(
    startRollout(stage, definition, {
      lane: 'probe',
      release,
      direction: 'forward',
      reason: `it is one of ${list(stage.suspects)}`,
      steps: [
        isReplacing
          ? { kind: 'replace', percent: 100, soakMs }
          : { kind: 'share', percent: PROBE_PERCENT, soakMs },
      ],
      tick,
      takesOut: [],
      at,
      by,
    }),
  )
}

function giveUpProbe(
  state: ServiceState,
  stage: StageState,
  { rollout: number, tick, at, by }: Of<'give-up-probe'>,
): Decision {
  const probe = probeOf(stage)
  if (!stage.search || probe?.rollout !== number) return nothing
  const until = probeEndsAt(stage.search, probe)
  if (until === null || until > at) return nothing
  const message = tooLittle(probe.release)
  return { events: endProbe(state, stage, probe, { found: 'unclear', message, tick, at, by }) }
}

function endSearch(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { tick, at, by }: Of<'end-search'>,
): Decision {
  const over = state.definition && searchOver(state, state.definition, definition, at)
  if (!over) return nothing
  const { how, message } = over
  const ended = searchEnded(stage, { how, message, suspects: stage.suspects, culprit: null, at, by })
  const probe = probeOf(stage)
  if (!probe) return accept(ended)
  return { events: endProbe(state, stage, probe, { found: 'interrupted', message, tick, at, by }, [ended]) }
}

/** A probe, or what serves all the time, was seen as long as what broke, and nothing speaks against it. */
export function wasWell(
  state: ServiceState,
  stage: StageState,
  finding: Extract<Finding, { found: 'probe-well' }>,
  { tick, at, by }: Report,
): Decision {
  const { release, rollout, requests, watchedMs } = finding
  if (!stage.search) return nothing
  const seen = `${requests} requests in ${Math.round(watchedMs / 1_000)} s, and nothing speaks against it`
  const message = `${releaseName(release)} was probed with ${seen}`
  const told = { found: 'well', message, tick, at, by } as const
  const probe = probeOf(stage)
  if (rollout === null) {
    if (stage.live?.release !== release || stage.rollout) return nothing
    return { events: probeTold(state, stage, { ...told, release, probe: null }) }
  }
  if (probe?.rollout !== rollout || probe.phase !== 'soaking') return nothing
  return { events: endProbe(state, stage, probe, told) }
}
