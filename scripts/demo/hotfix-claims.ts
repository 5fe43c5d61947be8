// What the story of the hotfix came to, from what the visitors saw and from the event log.
import { inOrder } from '../../src/domain/release-number.ts'
import type { Claim, Evidence } from './claim.ts'
import { firstOutOfOrder, has, matches, type Pattern, sayPattern } from './event-pattern.ts'
import { HOTFIX } from './hotfix-story.ts'
import type { Visit } from './visit-log.ts'

const PRODUCTION = 'production'
const live = (release: number): Pattern => ({ type: 'rollout-completed', release, stage: PRODUCTION })
const enters = (release: number): Pattern => ({
  type: 'rollout-started',
  release,
  stage: PRODUCTION,
  with: { direction: 'forward' },
})

export function hotfixClaims(evidence: Evidence): readonly Claim[] {
  return [
    waveInOne(evidence),
    inTurn(evidence),
    lockStands(evidence),
    never8Alone(evidence),
    noneFailed(evidence),
    neverOlder(evidence),
    notBeforeUnlock(evidence),
    everybodyAtTheEnd(evidence),
  ]
}

function waveInOne({ events }: Evidence): Claim {
  const alone = [2, 3, 4, 5, 6].find((release) => has(events, enters(release)))
  return {
    claim: 'six changes piled up, and came to production inside #7, none of the others by itself',
    broken: has(events, live(7))
      ? alone === undefined
        ? undefined
        : `#${alone} entered production by itself`
      : '#7 never was live in production',
  }
}

function inTurn({ events }: Evidence): Claim {
  const missing = firstOutOfOrder(events, [
    live(7),
    { type: 'stage-locked', stage: PRODUCTION, by: 'person' },
    { type: 'changes-cleared', stage: 'staging', with: { changes: [8] } },
    { type: 'way-round-opened', release: HOTFIX, stage: PRODUCTION, by: 'person' },
    { type: 'lock-passed', release: HOTFIX, stage: PRODUCTION, by: 'person' },
    enters(HOTFIX),
    live(HOTFIX),
    { type: 'change-merged', release: 9 },
    { type: 'rollout-completed', release: 9, stage: 'staging' },
    { type: 'stage-unlocked', stage: PRODUCTION, by: 'person' },
    enters(9),
    live(9),
  ])
  const taken = has(events, { type: 'change-taken-in', release: HOTFIX, with: { takenInBy: 9 } })
  return {
    claim:
      'the hotfix #7+1 passed the lock by name while #8 waited; #9 took it back, and went in at the unlock',
    broken: missing
      ? `the event log does not have, in its turn: ${sayPattern(missing)}`
      : taken
        ? undefined
        : 'the event log does not say that #9 took the hotfix back',
  }
}

function lockStands({ events }: Evidence): Claim {
  const locked = events.findLastIndex((row) => matches(row, { type: 'stage-locked', stage: PRODUCTION }))
  const between = events.slice(
    locked,
    events.findIndex((row, at) => at > locked && row.type === 'stage-unlocked'),
  )
  const other = between.find(
    (row) => row.release !== HOTFIX && matches(row, { ...enters(0), release: row.release ?? 0 }),
  )
  return {
    claim: 'through the lock nothing went but the hotfix that named it',
    broken: locked < 0 ? 'production was never locked' : other && `the event log says: ${other.text}`,
  }
}

function never8Alone({ events, visits }: Evidence): Claim {
  const seen = visits.find(({ environment, release }) => environment === PRODUCTION && release === 8)
  return {
    claim: '#8 never entered production, and no visitor there was answered by it: it went live inside #9',
    broken: has(events, enters(8))
      ? 'the event log has #8 entering production'
      : seen && `${seen.visitor} got ${seen.path} from #8`,
  }
}

function noneFailed({ visits }: Evidence): Claim {
  const failed = visits.filter(({ status }) => status < 200 || status >= 400)
  const [first] = failed
  return {
    claim: `of ${visits.length} requests none failed`,
    broken:
      visits.length === 0
        ? 'nobody visited'
        : first &&
          `${failed.length} did, the first: ${first.visitor} ${first.path}, status ${first.status} ${first.trouble ?? ''}`,
  }
}

/** #7, then what was made upon it, then #9. */
function neverOlder({ visits }: Evidence): Claim {
  const last = new Map<string, number>()
  const wrong = pagesOf(visits).find(({ visitor, release }) => {
    const before = last.get(visitor) ?? release
    last.set(visitor, release)
    return inOrder(release, before) < 0
  })
  return {
    claim: 'no visitor of production was answered by an older release than before',
    broken: wrong && `${wrong.visitor} went back to #${wrong.release}`,
  }
}

function notBeforeUnlock({ visits, markOf }: Evidence): Claim {
  const unlock = markOf('unlock')
  const early = pagesOf(visits).find(({ release, seq }) => release === 9 && seq < (unlock ?? 0))
  return {
    claim: 'nobody in production saw #9 before the lock was lifted',
    broken: unlock === undefined ? 'the lock was never lifted' : early && `${early.visitor} did`,
  }
}

function everybodyAtTheEnd({ visits, markOf }: Evidence): Claim {
  const claim = 'all visitors of production saw the hotfix, and all of them #9 in the end'
  const [hotfix, nine] = ['hotfix live', '9 live'].map(markOf)
  if (hotfix === undefined || nine === undefined) return { claim, broken: 'it did not come to that' }
  const pages = pagesOf(visits)
  const everybody = new Set(pages.filter(({ seq }) => seq > nine).map(({ visitor }) => visitor))
  const saw = new Set(pages.filter(({ release }) => release === HOTFIX).map(({ visitor }) => visitor))
  const missed = [...everybody].find((visitor) => !saw.has(visitor))
  const other = pages.find(({ after, release }) => after >= nine && release !== 9)
  if (everybody.size === 0) return { claim, broken: 'nobody came by in the end' }
  return {
    claim,
    broken: missed ? `${missed} never saw the hotfix` : other && `${other.visitor} got #${other.release}`,
  }
}

type Page = Visit & { readonly release: number }

function pagesOf(visits: readonly Visit[]): readonly Page[] {
  return visits.filter(
    (visit): visit is Page =>
      visit.kind === 'page' && visit.environment === PRODUCTION && visit.release !== null,
  )
}
