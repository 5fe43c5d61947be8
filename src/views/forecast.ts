// What would happen to the next merge (`plan`), and to what waits already: foretold by the rules themselves.
import type { EpochMs, ReleaseNumber } from '../domain/names.ts'
import { machine } from '../domain/names.ts'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import { windowAt, windowTimeText } from '../domain/pipeline/window.ts'
import { playForward, type Foretold, type Outlook } from '../domain/forecast/play-forward.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { contains } from '../domain/service/contains.ts'
import { closedGate } from '../domain/service/gates.ts'
import { nextUp } from '../domain/service/queue.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'
import { releaseName } from '../domain/release-number.ts'
import { bringing, movesOf, namesOf, type Move } from './moves.ts'

export type ForecastRow = { readonly stage: string; readonly text: string; readonly at: EpochMs | null }

const NOBODY = { name: 'nobody yet', email: '' }

/** A commit that nobody made yet, upon the newest there is. */
function nextMerge(state: ServiceState, at: EpochMs): ServiceCommand {
  const says = {
    revertsCommits: [],
    revertsPullRequests: [],
    fixes: [],
    contains: [],
    cherryPickedFrom: [],
  }
  const change = {
    sha: 'e'.repeat(40),
    author: NOBODY,
    committer: NOBODY,
    coAuthors: [],
    subject: 'the next merge',
    committedAtMs: at,
    pullRequest: null,
    says,
  }
  const after = state.releases[state.head]?.change.sha ?? null
  return { type: 'report-changes', after, changes: [change], at, by: machine('forecast') }
}

export function forecast(
  state: ServiceState,
  service: ServiceDefinition,
  outlook: Outlook,
): readonly ForecastRow[] {
  const next = state.head + 1
  const foretold = playForward(state, outlook, [nextMerge(state, outlook.now)])
  const how = service.build.command === null ? 'nothing to run' : `\`${service.build.command}\``
  const text = service.build.elsewhere
    ? `${releaseName(next)} waits for what your own CI builds of it: sluice artifact add`
    : `${releaseName(next)} is built with ${how}`
  const built = { stage: 'build', text, at: outlook.now }
  const moves = movesOf(foretold)
  let ready: EpochMs | null = outlook.now
  return [
    built,
    ...service.stages.flatMap((definition): readonly ForecastRow[] => {
      const move = bringing(foretold.state, moves, definition.stage, next)
      const since = ready
      ready = move?.liveAt ?? null
      const said = move
        ? entersRow(foretold.state, definition, next, move, moves, since ?? move.at, outlook.now)
        : waitsRow(foretold, service, definition, next, outlook.now)
      return [said, ...afterRow(foretold, definition, next, move)]
    }),
  ]
}

function entersRow(
  state: ServiceState,
  definition: StageDefinition,
  next: ReleaseNumber,
  move: Move,
  moves: readonly Move[],
  readyAt: EpochMs,
  now: EpochMs,
): ForecastRow {
  const { stage, window } = definition
  const before = moves.slice(0, moves.indexOf(move)).filter((other) => other.stage === stage)
  const after = before.length === 0 ? '' : `, after ${namesOf(before.map(({ release }) => release))}`
  const inside = move.release === next ? '' : `, inside ${releaseName(move.release)}`
  const isShut = window !== null && move.at > readyAt && !windowAt(window, readyAt).open
  const waits =
    isShut && window ? `waits for the window of ${stage}, ${windowTimeText(window, move.at, now)}, then ` : ''
  const also = move.changes.filter((change) => change !== next && contains(state, next, change))
  const brings = also.length === 0 ? '' : `, with ${namesOf(also)} in it`
  const text = `${releaseName(next)} ${waits}enters ${stage}${inside}${after}${brings}, ${rolloutText(definition)}`
  return { stage, text, at: move.at }
}

/** What still keeps it when nothing moves any more. */
function waitsRow(
  { state, isCut, events }: Foretold,
  service: ServiceDefinition,
  definition: StageDefinition,
  next: ReleaseNumber,
  now: EpochMs,
): ForecastRow {
  const { stage } = definition
  const name = releaseName(next)
  const at = events.at(-1)?.at ?? now
  const head = nextUp(state, service, definition, at)
  const first = head && head.release !== next ? `${releaseName(head.release)} goes first: ` : ''
  const whole = head?.why.length ? head.why : closedGate(state, definition, at, 'entry')
  const pinned = stageOf(state, stage).pin
  const texts = [
    ...new Set([
      ...whole.map(({ text }) => text),
      ...(pinned && whole.length === 0 ? [`${stage} is pinned: ${pinned.reason}`] : []),
    ]),
  ]
  const why = texts.length > 0 ? `${first}${texts.join('; ')}` : 'nothing lets it in for weeks'
  return {
    stage,
    text: `${name} waits: ${isCut && texts.length === 0 ? 'it is too far away to say' : why}`,
    at: null,
  }
}

function afterRow(
  { events }: Foretold,
  definition: StageDefinition,
  next: ReleaseNumber,
  move: Move | undefined,
): readonly ForecastRow[] {
  const { stage, bake, watchMs, traffic } = definition
  if (bake) {
    const cleared = events.find(
      (event) => event.type === 'changes-cleared' && event.stage === stage && event.changes.includes(next),
    )
    const requests = traffic === 'none' ? '' : ` and ${bake.requests} requests`
    const text = `it bakes ${duration(bake.forMs)} of watched time${requests}`
    return [{ stage, text, at: move ? (cleared?.at ?? null) : null }]
  }
  if (watchMs === 0) return []
  const text = `it is live, and watched for ${duration(watchMs)} more`
  return [{ stage, text, at: move?.liveAt ?? null }]
}

export function rolloutText(definition: StageDefinition): string {
  return definition.rollout
    .map(
      ({ kind, percent, soakMs }) =>
        `${kind === 'one-box' ? 'one box' : kind === 'share' ? `${percent} %` : 'everybody'}${soakMs > 0 ? ` (${duration(soakMs)})` : ''}`,
    )
    .join(', ')
}

export function duration(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.round(ms / 360_000) / 10} h`
  return `${Math.round(ms / 8_640_000) / 10} days`
}
