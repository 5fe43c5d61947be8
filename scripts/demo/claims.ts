// What the story came to, told from outside: from what the visitors saw and from the event log, by order and count,
// never by a clock. Each claim is a sentence that holds or does not; pure, so that tests can show each of them failing.
import type { AuditRow } from '../../src/api/board.ts'
import { firstOutOfOrder, matches, type Pattern, sayPattern, sharesOf } from './event-pattern.ts'
import type { Visit } from './visit-log.ts'

export type Claim = {
  readonly claim: string
  /** What was seen instead; undefined when it holds. */
  readonly broken: string | undefined
}

export type Evidence = {
  readonly visits: readonly Visit[]
  readonly events: readonly AuditRow[]
  /** Places of the demo's own marks in the visitors' log. */
  readonly markOf: (mark: string) => number | undefined
  /** Sentences of `why 8` for production, at the end. */
  readonly why8: readonly string[]
}

/** Steps back that the story names: out of these, and only these, a visitor may come to an older release. */
export const WAYS_BACK: readonly {
  readonly environment: string
  readonly from: number
  readonly to: number
}[] = [
  { environment: 'staging', from: 4, to: 3 },
  { environment: 'production', from: 6, to: 5 },
  { environment: 'production', from: 8, to: 7 },
]
/** Where the bugs of #4 and #6 may show. */
const BUGS = [
  { environment: 'staging', release: 4 },
  { environment: 'production', release: 6 },
] as const
/** One box has at most 10 % of the traffic; among few visitors their number varies. */
const ONE_BOX_PERCENT = 10
const ONE_BOX_SEEN_PERCENT_MAX = 25
/** Visitors it takes to speak of a share at all. */
const SHARE_PAGES_MIN = 30
/** What may happen while nothing moves: instances kept warm go, a watch ends. */
const CALM: ReadonlySet<string> = new Set([
  'fleet-changed',
  'traffic-shifted',
  'watch-survived',
  'own-served',
])

export function claimsOf(evidence: Evidence): readonly Claim[] {
  return [
    ...orders.map(({ claim, patterns }) => inOrder(evidence, claim, patterns)),
    neverInProduction4(evidence),
    onlyBugsFailed(evidence),
    neverOlder(evidence),
    sticky(evidence),
    everyStepShared(evidence),
    onlyOneBox6(evidence),
    wentBack(evidence, 6, 5),
    bugOnlyUnderLoad(evidence),
    notBeforeUnlock(evidence),
    wentBack(evidence, 8, 7),
    stays7(evidence),
    nothingMoves(evidence),
    whyNamesRetry(evidence),
  ]
}

const live = (release: number, stage: string): Pattern => ({ type: 'rollout-completed', release, stage })
const enters = (release: number, stage: string): Pattern => ({
  type: 'rollout-started',
  release,
  stage,
  with: { direction: 'forward' },
})
const back = (release: number, stage: string, by: 'person' | 'machine'): Pattern => ({
  type: 'rollout-started',
  release,
  stage,
  by,
  with: { direction: 'back' },
})
const allTheWay = (release: number): readonly Pattern[] => [
  { type: 'change-merged', release },
  { type: 'build-succeeded', release },
  live(release, 'staging'),
  enters(release, 'production'),
  live(release, 'production'),
]
const cleared = (release: number): Pattern => ({
  type: 'changes-cleared',
  stage: 'staging',
  with: { changes: [release], how: 'proven' },
})

const orders: readonly { readonly claim: string; readonly patterns: readonly Pattern[] }[] = [
  ...[1, 2, 3].map((release) => ({
    claim: `#${release} went all the way: built, staging, production`,
    patterns: allTheWay(release),
  })),
  {
    claim: '#4 was stopped while it baked in staging, rejected, and staging went back to #3',
    patterns: [
      live(4, 'staging'),
      { type: 'verdict-against', release: 4, stage: 'staging', with: { during: 'bake' } },
      { type: 'change-rejected', release: 4, by: 'machine' },
      back(3, 'staging', 'machine'),
      live(3, 'staging'),
    ],
  },
  {
    claim: '#5, the revert of #4, lifted the block and went all the way',
    patterns: [{ type: 'change-rejected', release: 4 }, ...allTheWay(5)],
  },
  {
    claim: '#6 passed its bake in staging and was stopped at the one box in production, by a verdict',
    patterns: [
      live(6, 'staging'),
      cleared(6),
      enters(6, 'production'),
      { type: 'step-started', release: 6, stage: 'production', with: { step: 0 } },
      { type: 'verdict-against', release: 6, stage: 'production', with: { during: 'rollout' } },
      { type: 'change-rejected', release: 6, by: 'machine' },
      back(5, 'production', 'machine'),
      live(5, 'production'),
    ],
  },
  {
    claim: '#7, which says that it fixes #6, went all the way',
    patterns: [{ type: 'change-rejected', release: 6 }, ...allTheWay(7)],
  },
  {
    claim: '#8 baked in staging behind the lock, and entered production only after the unlock',
    patterns: [
      { type: 'stage-locked', stage: 'production', by: 'person' },
      live(8, 'staging'),
      cleared(8),
      { type: 'stage-unlocked', stage: 'production', by: 'person' },
      enters(8, 'production'),
      live(8, 'production'),
    ],
  },
  {
    claim:
      'a person rolled production back to #7 after #8 had all of it; that pinned, until a person unpinned',
    patterns: [
      live(8, 'production'),
      back(7, 'production', 'person'),
      { type: 'stage-pinned', stage: 'production', by: 'person' },
      live(7, 'production'),
      { type: 'stage-unpinned', stage: 'production', by: 'person' },
    ],
  },
]

function inOrder({ events }: Evidence, claim: string, patterns: readonly Pattern[]): Claim {
  const missing = firstOutOfOrder(events, patterns)
  return { claim, broken: missing && `the event log does not have, in its turn: ${sayPattern(missing)}` }
}

function neverInProduction4({ visits, events }: Evidence): Claim {
  const seen = visits.find(({ environment, release }) => environment === 'production' && release === 4)
  const entered = events.find((row) => matches(row, enters(4, 'production')))
  return {
    claim: 'no visitor of production ever saw #4',
    broken: seen
      ? `${seen.visitor} got ${seen.path} from #4`
      : entered && `the event log says: ${entered.text}`,
  }
}

function onlyBugsFailed({ visits }: Evidence): Claim {
  const isBug = (visit: Visit): boolean =>
    visit.status === 500 &&
    BUGS.some(({ environment, release }) => visit.environment === environment && visit.release === release)
  const failed = visits.filter(({ status }) => status < 200 || status >= 400)
  const other = failed.filter((visit) => !isBug(visit))
  const [first] = other
  return {
    claim: `of ${visits.length} requests none failed but by the bugs of #4 (in staging) and #6 (on the one box)`,
    broken:
      visits.length === 0
        ? 'nobody visited'
        : first &&
          `${other.length} did, the first: ${first.visitor} ${first.path}, status ${first.status} ${first.trouble ?? ''} of #${first.release}`,
  }
}

function neverOlder({ visits }: Evidence): Claim {
  const wrong = moves(visits).find(
    ({ environment, from, to }) =>
      to < from &&
      !WAYS_BACK.some((way) => way.environment === environment && way.from === from && way.to === to),
  )
  return {
    claim: 'no visitor was answered by an older release than before, but at the rollbacks of this story',
    broken: wrong && `${wrong.visitor} came from #${wrong.from} to #${wrong.to}`,
  }
}

/** Each visitor changes sides once per rollout at most: whoever came to a release stays with it. */
function sticky({ visits }: Evidence): Claim {
  const entered = new Set<string>()
  const wrong = moves(visits).find(({ visitor, from, to }) => {
    if (to < from) return false
    const key = `${visitor} #${to}`
    if (entered.has(key)) return true
    entered.add(key)
    return false
  })
  return {
    claim: 'every visitor kept their side of every split',
    broken: wrong && `${wrong.visitor} came to #${wrong.to} twice`,
  }
}

/** Production never changed at a stroke: some had the new release while others had the old one. */
function everyStepShared({ visits }: Evidence): Claim {
  const pages = pagesOf(visits, 'production')
  const broken = [2, 3, 5, 7, 8].find((release) => {
    const first = pages.findIndex((visit) => visit.release === release)
    const next = pages.slice(first)
    return (
      first < 0 ||
      !next.some((visit) => (visit.release ?? 0) < release && visit.after > (pages[first]?.seq ?? 0))
    )
  })
  return {
    claim: 'each release came to production by steps: old and new were served side by side',
    broken: broken === undefined ? undefined : `#${broken} was never served beside the release before it`,
  }
}

function onlyOneBox6({ visits, events }: Evidence): Claim {
  const claim = `from its first answer to its last, #6 had no more than one box of production (${ONE_BOX_PERCENT} % of the plan, at most ${ONE_BOX_SEEN_PERCENT_MAX} % as seen)`
  const pages = pagesOf(visits, 'production')
  const first = pages.findIndex(({ release }) => release === 6)
  if (first < 0) return { claim, broken: 'nobody in production saw #6 at all' }
  const span = pages.slice(first, pages.findLastIndex(({ release }) => release === 6) + 1)
  const percent = (100 * span.filter(({ release }) => release === 6).length) / span.length
  const most = Math.max(
    ...events
      .filter((row) => row.type === 'traffic-shifted' && row.stage === 'production')
      .map((row) => sharesOf(row).get(6) ?? 0),
  )
  if (most > ONE_BOX_PERCENT) return { claim, broken: `the plan gave it ${most} %` }
  const isTooMuch = span.length >= SHARE_PAGES_MIN && percent > ONE_BOX_SEEN_PERCENT_MAX
  return {
    claim,
    broken: isTooMuch ? `it answered ${percent.toFixed(0)} % of ${span.length} pages` : undefined,
  }
}

function wentBack({ visits }: Evidence, from: number, to: number): Claim {
  const pages = pagesOf(visits, 'production')
  const saw = new Set(pages.filter(({ release }) => release === from).map(({ visitor }) => visitor))
  const lost = [...saw].find((visitor) => {
    const own = pages.filter((visit) => visit.visitor === visitor)
    return own[own.findLastIndex(({ release }) => release === from) + 1]?.release !== to
  })
  return {
    claim: `all ${saw.size} visitors of production who had seen #${from} came back to #${to}`,
    broken: saw.size === 0 ? `nobody saw #${from}` : lost && `${lost} did not`,
  }
}

/** The same #6 answered everything in staging. */
function bugOnlyUnderLoad({ visits }: Evidence): Claim {
  const of6 = visits.filter(({ release }) => release === 6)
  const staging = of6.filter(({ environment }) => environment === 'staging')
  const failed = (of: readonly Visit[]): number => of.filter(({ status }) => status >= 500).length
  const production = failed(of6) - failed(staging)
  return {
    claim: `the bug of #6 showed only under the load of production: ${staging.length} requests well in staging, ${production} failed on the one box`,
    broken:
      staging.length === 0
        ? 'staging did not see #6'
        : failed(staging) > 0
          ? `${failed(staging)} failed in staging`
          : production === 0
            ? 'it did not show in production'
            : undefined,
  }
}

function notBeforeUnlock({ visits, markOf }: Evidence): Claim {
  const unlock = markOf('unlock')
  const early = visits.find(
    ({ environment, release, seq }) => environment === 'production' && release === 8 && seq < (unlock ?? 0),
  )
  return {
    claim: 'nobody in production saw #8 before the lock was lifted',
    broken: unlock === undefined ? 'the lock was never lifted' : early && `${early.visitor} did`,
  }
}

function stays7({ visits, markOf }: Evidence): Claim {
  const claim = 'after the rollback everybody in production gets #7, also after the unpin'
  const since = markOf('rolled back')
  const unpin = markOf('unpinned')
  if (since === undefined || unpin === undefined) return { claim, broken: 'it did not come to that' }
  const pages = pagesOf(visits, 'production').filter(({ after }) => after >= since)
  const other = pages.find(({ release }) => release !== 7)
  if (other) return { claim, broken: `${other.visitor} got #${other.release}` }
  return {
    claim,
    broken: pages.some(({ after }) => after >= unpin) ? undefined : 'nobody came by after the unpin',
  }
}

function nothingMoves({ events }: Evidence): Claim {
  const claim = 'after the unpin nothing moves'
  const at = events.findLastIndex(({ type }) => type === 'stage-unpinned')
  if (at < 0) return { claim, broken: 'it was never unpinned' }
  const loud = events
    .slice(at + 1)
    .find(
      (row) =>
        !CALM.has(row.type) ||
        (row.type === 'traffic-shifted' &&
          JSON.stringify([...sharesOf(row)]) !== JSON.stringify([[row.stage === 'staging' ? 8 : 7, 100]])),
    )
  return { claim, broken: loud && `the event log goes on: ${loud.text}` }
}

function whyNamesRetry({ why8 }: Evidence): Claim {
  return {
    claim: '`why 8` says what would bring it: a retry',
    broken: why8.some((text) => text.includes("retry '#8'"))
      ? undefined
      : `it says: ${why8.join('; ') || 'nothing'}`,
  }
}

function pagesOf(visits: readonly Visit[], environment: string): readonly Visit[] {
  return visits.filter(
    (visit) => visit.kind === 'page' && visit.environment === environment && visit.release !== null,
  )
}

type Move = {
  readonly environment: string
  readonly visitor: string
  readonly from: number
  readonly to: number
}

/** Where a visitor's next page came from another release than the last one. */
function moves(visits: readonly Visit[]): readonly Move[] {
  const last = new Map<string, number>()
  return visits.flatMap(({ kind, environment, visitor, release }): readonly Move[] => {
    if (kind !== 'page' || release === null) return []
    const from = last.get(visitor) ?? release
    last.set(visitor, release)
    return from === release ? [] : [{ environment, visitor, from, to: release }]
  })
}
