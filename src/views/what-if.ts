// What would be possible for what waits: as things stand, or with some changes set aside.
import type { ForecastView } from '../api/forecast.ts'
import { noEvidence } from '../domain/analysis/evidence.ts'
import { playForward, type Outlook } from '../domain/forecast/play-forward.ts'
import { machine, type ReleaseNumber } from '../domain/names.ts'
import type { ServiceDefinition } from '../domain/pipeline/definition.ts'
import { inOrder, isOfLine, releaseName } from '../domain/release-number.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { changesBetween } from '../domain/service/contains.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'
import { movesOf, namesOf, type Move } from './moves.ts'
import { whyNotIn } from './why.ts'

/** Rows that say what stays behind; more are counted by nobody. */
const STAYS_MAX = 200

export function whatIf(
  state: ServiceState,
  service: ServiceDefinition,
  outlook: Outlook,
  without: readonly ReleaseNumber[],
): ForecastView {
  const by = machine('forecast')
  const aside = without.map(
    (release): ServiceCommand => ({ type: 'reject', release, reason: 'set aside', at: outlook.now, by }),
  )
  const foretold = playForward(state, outlook, aside)
  const now = foretold.events.at(-1)?.at ?? outlook.now
  const seen = { now, evidence: () => noEvidence }
  const head = state.releases[state.head] ? state.head : null
  const stays = service.stages.flatMap((definition) => {
    if (head === null) return []
    const live = stageOf(foretold.state, definition.stage).live?.release ?? null
    return changesBetween(foretold.state, live, head)
      .filter(isOfLine)
      .map((release) => ({
        stage: definition.stage,
        release,
        name: releaseName(release),
        why: [...whyNotIn(foretold.state, service, definition, release, seen)].map((reason) => ({
          ...reason,
          // It was worked out for a time to come.
          until: null,
        })),
      }))
  })
  return {
    service: service.service,
    at: outlook.now,
    without: [...without].sort(inOrder),
    moves: movesOf(foretold).map((move) => ({
      ...move,
      changes: [...move.changes],
      name: releaseName(move.release),
      text: moveText(move),
    })),
    stays: stays.slice(0, STAYS_MAX),
    isCut: foretold.isCut,
  }
}

function moveText({ stage, release, changes, liveAt }: Move): string {
  const others = changes.filter((change) => change !== release)
  const brings = others.length === 0 ? '' : `, with ${namesOf(others)} in it`
  return `${releaseName(release)} enters ${stage}${brings}${liveAt === null ? ', and does not get to everybody' : ''}`
}
