// What the visitors saw, by order and count.
import type { Claim, Evidence } from './claim.ts'
import { matches, sharesOf } from './event-pattern.ts'
import type { Visit } from './visit-log.ts'

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
export function visitorClaims(evidence: Evidence): readonly Claim[] {
  return [
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
  ]
}

function neverInProduction4({ visits, events }: Evidence): Claim {
  const seen = visits.find(({ environment, release }) => environment === 'production' && release === 4)
  const entered = events.find((row) =>
    matches(row, { type: 'rollout-started', release: 4, stage: 'production' }),
  )
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
      !next.some((visit) => (visit.release ?? 0) < release && visit.after >= (pages[first]?.seq ?? 0))
    )
  })
  return {
    claim: 'each release came to production by steps: old and new were served side by side',
    broken: broken === undefined ? undefined : `#${broken} was never served beside the release before it`,
  }
}

function onlyOneBox6({ visits, events }: Evidence): Claim {
  const claim = `from the first page asked of it to the last, #6 had no more than one box of production (${ONE_BOX_PERCENT} % of the plan, at most ${ONE_BOX_SEEN_PERCENT_MAX} % as seen)`
  const pages = pagesOf(visits, 'production')
  const of6 = pages.filter(({ release }) => release === 6).map(({ after }) => after)
  if (of6.length === 0) return { claim, broken: 'nobody in production saw #6 at all' }
  // By when they were asked for: where the machine is slow, what others were asked for meanwhile is answered later.
  const [first, last] = [Math.min(...of6), Math.max(...of6)]
  const span = pages.filter(({ after }) => after >= first && after <= last)
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
