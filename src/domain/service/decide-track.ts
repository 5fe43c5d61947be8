// Tracks: names that people move. Nothing here waits for a bake or a window: whoever is on a track chose it.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { STABLE } from '../traffic/route-rule.ts'
import { inOrder, releaseName } from '../release-number.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import { newestPassed } from './passed-stage.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { wantedTracks } from './track-plan.ts'
import { TRACKS_MAX, type TrackState } from './track-state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
export type TrackCommand = Of<
  | 'set-track'
  | 'undo-track'
  | 'follow-track'
  | 'remove-track'
  | 'move-track'
  | 'cool-release'
  | 'report-track-fleet'
  | 'place-deployed'
>

export const INSTANCES_MAX = 1_000

export function decideTrack(state: ServiceState, command: TrackCommand): Decision {
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'set-track':
      return setTrack(state, stage, command)
    case 'undo-track':
      return undoTrack(state, stage, command)
    case 'follow-track':
      return followTrack(state, stage, command)
    case 'remove-track':
      return removeTrack(stage, command)
    case 'move-track':
      return moveTrack(state, stage, command)
    case 'cool-release':
      return coolRelease(stage, command)
    case 'report-track-fleet':
      return reportFleet(stage, command)
    case 'place-deployed':
      return placeDeployed(state, stage, command)
  }
}

function setTrack(state: ServiceState, stage: StageState, command: Of<'set-track'>): Decision {
  const { track, release, at, by, reason } = command
  const no = mayNotMove(state, stage, track) ?? mayNotRun(state, stage, release)
  if (no) return no
  const old = stage.routes.tracks[track]
  const percent = command.percent ?? 100
  const instances = command.instances ?? old?.instances ?? 1
  if (percent < 100 && (old === undefined || (old.release === release && old.from === null)))
    return refuse(
      'track/nothing-to-share-with',
      `the track ${track} leads nowhere else, so ${releaseName(release)} cannot have ${percent}% of it; set it to all`,
    )
  if (old?.release === release && old.percent === percent && old.instances === instances)
    return refuse('track/already', `the track ${track} leads to ${releaseName(release)} already`)
  return accept({ type: 'track-set', stage: stage.stage, track, release, percent, instances, reason, at, by })
}

/** Back to what it led to before; once more brings it forward again. */
function undoTrack(
  state: ServiceState,
  stage: StageState,
  { track, at, by, reason }: Of<'undo-track'>,
): Decision {
  const old = stage.routes.tracks[track]
  if (!old) return noSuchTrack(stage, track)
  const back = old.history[0]
  if (!back) return refuse('track/no-history', `the track ${track} never led to anything else`)
  const no = mayNotMove(state, stage, track) ?? mayNotRun(state, stage, back.release)
  if (no) return no
  const { instances } = old
  return accept({
    type: 'track-set',
    stage: stage.stage,
    track,
    release: back.release,
    percent: 100,
    instances,
    reason,
    at,
    by,
  })
}

function followTrack(
  state: ServiceState,
  stage: StageState,
  { track, passed, at, by }: Of<'follow-track'>,
): Decision {
  const old = stage.routes.tracks[track]
  if (passed === null && !old) return noSuchTrack(stage, track)
  if (passed !== null && !state.stages[passed])
    return refuse('stage/unknown', `there is no stage ${passed} to follow`)
  const no = mayNotMove(state, stage, track)
  if (no) return no
  if (old) {
    if (old.follows === passed)
      return refuse(
        'track/already',
        `the track ${track} ${passed === null ? 'follows nothing' : `follows ${passed}`} already`,
      )
    return accept({ type: 'track-followed', stage: stage.stage, track, follows: passed, at, by })
  }
  const release = passed === null ? undefined : newestPassed(state, passed)
  if (release === undefined)
    return refuse(
      'track/nothing-passed',
      `no release has passed ${passed} yet, so the track ${track} would lead nowhere; set it to a release first`,
    )
  const no2 = mayNotRun(state, stage, release)
  if (no2) return no2
  const made = { stage: stage.stage, track, at, by }
  return accept(
    { type: 'track-set', ...made, release, percent: 100, instances: 1, reason: `follows ${passed}` },
    { type: 'track-followed', ...made, follows: passed },
  )
}

function removeTrack(stage: StageState, { track, at, by, reason }: Of<'remove-track'>): Decision {
  if (track === STABLE) return isStable()
  if (!stage.routes.tracks[track]) return noSuchTrack(stage, track)
  return accept({ type: 'track-removed', stage: stage.stage, track, reason, at, by })
}

/** The machine's own move, of a track that follows a stage: forward only, and never past a lock. */
function moveTrack(
  state: ServiceState,
  stage: StageState,
  { track: name, release, at, by }: Of<'move-track'>,
): Decision {
  const track = stage.routes.tracks[name]
  if (!track || nextForTrack(state, stage, track) !== release) return nothing
  return accept({
    type: 'track-set',
    stage: stage.stage,
    track: name,
    release,
    percent: 100,
    instances: track.instances,
    reason: `${releaseName(release)} passed ${track.follows}`,
    at,
    by,
  })
}

/** What a track that follows a stage should lead to by now; undefined where it should stay. */
export function nextForTrack(
  state: ServiceState,
  stage: StageState,
  track: TrackState,
): ReleaseNumber | undefined {
  if (track.follows === null || mayNotMove(state, stage, track.track)) return undefined
  const release = newestPassed(state, track.follows)
  if (release === undefined || release === track.release) return undefined
  // Whoever was on something newer is not taken back by an older one that passed.
  const isForward = inOrder(release, track.release) > 0
  return isForward && !mayNotRun(state, stage, release) ? release : undefined
}

function coolRelease(stage: StageState, { release, at, by }: Of<'cool-release'>): Decision {
  if (!isCooled(stage, release, at)) return nothing
  return accept({ type: 'release-cooled', stage: stage.stage, release, at, by })
}

/** Its time is over, and no track stays with it because what follows is not there yet. */
export function isCooled(stage: StageState, release: ReleaseNumber, now: EpochMs): boolean {
  const cooling = stage.routes.cooling.find((one) => one.release === release)
  if (!cooling || cooling.until > now) return false
  return !wantedTracks(stage).some(({ shares }) => shares.some((share) => share.release === release))
}

function reportFleet(stage: StageState, { release, message, at, by }: Of<'report-track-fleet'>): Decision {
  const events = Object.values(stage.routes.tracks).flatMap((track): ServiceEvent[] => {
    if (track.release !== release) return []
    const of = { stage: stage.stage, track: track.track, release, at, by }
    return track.trouble === null ? [{ type: 'track-troubled', ...of, message }] : []
  })
  return { events }
}

/** What was deployed off the line is built now, or never will be. */
function placeDeployed(state: ServiceState, stage: StageState, command: Of<'place-deployed'>): Decision {
  const { release, at, by } = command
  const awaited = stage.routes.awaited.find((one) => one.release === release)
  const build = state.releases[release]?.build
  if (!awaited) return nothing
  const ended = { type: 'deploy-ended', stage: stage.stage, release, at, by } as const
  if (build === undefined || build.state === 'failed')
    return accept({ ...ended, how: 'failed', message: build ? build.message : 'it is not known any more' })
  if (build.state !== 'done') return nothing
  const { track, instances, reason } = awaited
  const no = mayNotMove(state, stage, track)
  if (no && 'refusal' in no) return accept({ ...ended, how: 'failed', message: no.refusal.text })
  return accept(
    { ...ended, how: 'placed', message: `it leads the track ${track}` },
    {
      type: 'track-set',
      stage: stage.stage,
      track,
      release,
      percent: 100,
      instances,
      reason,
      at,
      by: awaited.by,
    },
  )
}

/** Why a track may not be moved by anybody now. */
export function mayNotMove(state: ServiceState, stage: StageState, track: string): Decision | undefined {
  if (track === STABLE) return isStable()
  const definition = definitionOf(state, stage)
  if (definition?.rollout.some(({ kind }) => kind === 'replace'))
    return refuse(
      'track/one-at-a-time',
      `${stage.stage} replaces what it runs (rollout: replace), so only one release may run there, and it has no tracks`,
    )
  const lock = stage.locks.find(({ allTracks }) => allTracks === true)
  if (lock)
    return refuse('track/locked', `all tracks of ${stage.stage} are locked by ${lock.owner}: ${lock.reason}`)
  if (!stage.routes.tracks[track] && Object.keys(stage.routes.tracks).length >= TRACKS_MAX)
    return refuse('track/too-many', `${stage.stage} has ${TRACKS_MAX} tracks, which is the most; remove one`)
  return undefined
}

/** Why a release cannot run on a track: it must be known and built. */
export function mayNotRun(
  state: ServiceState,
  stage: StageState,
  number: ReleaseNumber,
): Decision | undefined {
  const release = state.releases[number]
  if (!release)
    return refuse(
      'release/unknown',
      `there is no ${releaseName(number)}, or not any more; the newest is ${releaseName(state.head)}`,
    )
  if (release.build.state === 'done') return undefined
  const why = release.build.state === 'failed' ? 'its build failed' : 'it is not built yet'
  return refuse('track/not-built', `${releaseName(number)} cannot run in ${stage.stage}: ${why}`)
}

function isStable(): Decision {
  return refuse(
    'track/stable',
    'the pipeline moves the track stable; use rollback, pin or lock there, and another name for a track of your own',
  )
}

export function noSuchTrack(stage: StageState, track: string): Decision {
  const names = Object.keys(stage.routes.tracks).toSorted().join(', ')
  return refuse(
    'track/unknown',
    `${stage.stage} has no track ${track}; ${names === '' ? 'it has none but stable' : `it has ${names}`}`,
  )
}

function definitionOf(state: ServiceState, stage: StageState): StageDefinition | undefined {
  return state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
}
