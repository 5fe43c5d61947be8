// A bake that breaks with several changes in it: who it was is found by probing releases between them (behaviour 2.6).
import { describe, expect, test } from 'vitest'
import { releaseName } from '../release-number.ts'
import { due } from './due.ts'
import type { Finding } from './finding.ts'
import { EVIDENCE_TIMES, isEnough, PROBE_PERCENT, SEARCH_MS_MAX, type CulpritSearch } from './search-state.ts'
import { PRODUCTION, service, sha, stage, STAGING, Story } from './testing/story.ts'

const SEEN = { watchedMs: 20_000, requests: 400 }
const latest = { ...STAGING, queue: 'latest' as const }

/** #1 is good and everywhere; then a push of `count` commits, of which staging takes the newest, and that breaks. */
function broken(count = 5, staging = latest): Story {
  const story = new Story(service([staging, PRODUCTION])).shipped({})
  story.merge(...Array.from({ length: count }, () => ({})))
  // All are built before any of them may come.
  story.person({
    type: 'lock',
    stage: 'staging',
    id: 'l1',
    owner: 'anna',
    reason: 'wait for all',
    forMs: 60_000,
    incident: null,
    suspect: null,
  })
  story.settle().person({ type: 'unlock', stage: 'staging', incidentClosed: false }).settle()
  expect(story.live('staging')).toBe(count + 1)
  return breaks(story)
}

function breaks(story: Story, seen = SEEN, alone = true): Story {
  const release = story.live('staging') ?? 0
  return story.found('staging', {
    found: 'against',
    release,
    during: 'bake',
    rollout: null,
    what: 'it fails',
    cause: 'verdict',
    alone,
    seen,
  })
}

function probe(story: Story): { release: number; rollout: number } {
  const { rollout } = story.settle().stage('staging')
  if (rollout?.lane !== 'probe') throw new Error(`no probe is under way: ${JSON.stringify(rollout)}`)
  return rollout
}

function well(story: Story): Story {
  const { release, rollout } = probe(story)
  return story.found('staging', { found: 'probe-well', release, rollout, ...SEEN })
}

function broke(story: Story): Story {
  const { release, rollout } = probe(story)
  const found: Finding = {
    found: 'against',
    release,
    during: 'rollout',
    rollout,
    what: 'it fails',
    cause: 'verdict',
    alone: true,
  }
  return story.found('staging', found)
}

/** Probes until nobody is left to ask, with a change that is bad wherever it is. */
function searched(story: Story, culprit: number): Story {
  for (let probes = 0; probes < 10 && story.settle().stage('staging').search; probes += 1) {
    if (probe(story).release >= culprit) broke(story)
    else well(story)
  }
  return story.settle()
}

describe('where a search leads', () => {
  for (const culprit of [2, 3, 4, 5, 6])
    test(`of five changes the one that broke is found, be it #${culprit}`, () => {
      const story = searched(broken(), culprit)
      expect(story.stage('staging').search).toBeUndefined()
      expect(story.stage('staging').suspects).toEqual([])
      const rejected = Object.values(story.state.releases).filter((one) => one.rejected !== null)
      expect(rejected.map(({ release }) => release)).toEqual([culprit])
      expect(rejected[0]?.rejected?.reason).toContain('told apart from')
      const ended = story.events.find((event) => event.type === 'culprit-search-ended')
      expect(ended).toMatchObject({ how: 'named', culprit: { release: culprit, author: `author${culprit}` } })
    })

  test('a branch that takes it back is made at once, and once', () => {
    const story = searched(broken(), 4)
    const made = story.events.filter((event) => event.type === 'revert-prepared')
    expect(made).toMatchObject([{ release: 4, made: { branch: 'revert-4' } }])
    expect(story.state.releases[4]?.revert).toEqual({ state: 'ready', branch: 'revert-4', fetchFrom: null })
  })

  test('it takes no more probes than halving does', () => {
    for (const culprit of [2, 3, 4, 5, 6]) {
      const probes = searched(broken(), culprit).events.filter((event) => event.type === 'probe-ended')
      expect(probes.length, `#${culprit}`).toBeLessThanOrEqual(3)
    }
  })

  test('what is well before the culprit goes on, and nothing behind it does', () => {
    const story = searched(broken(), 4)
    expect(story.live('staging')).toBe(3)
    story.ownServed('staging').baked('staging').settle().soaked('production')
    expect(story.live('production')).toBe(3)
    expect(story.merge({}).settle().live('staging')).toBe(3)
    expect(
      story
        .ownServed('staging')
        .merge({ revertsCommits: [sha(4)] })
        .settle()
        .live('staging'),
    ).toBe(8)
  })
})

describe('a probe', () => {
  test('begins only when the stage is back where it was well, with the release in the middle, at half of the traffic', () => {
    const story = broken()
    expect(story.stage('staging').rollout).toMatchObject({ direction: 'back', release: 1 })
    story.settle()
    expect(story.live('staging')).toBe(1)
    expect(story.stage('staging').rollout).toMatchObject({ lane: 'probe', phase: 'soaking', release: 3 })
    expect(story.stage('staging').plan.arms.map((arm) => [arm.release, arm.weightPercent])).toEqual(
      expect.arrayContaining([
        [1, 100 - PROBE_PERCENT],
        [3, PROBE_PERCENT],
      ]),
    )
  })

  test('is put in it where nothing may run twice', () => {
    const replacing = { ...latest, rollout: [{ kind: 'replace' as const, percent: 100, soakMs: 0 }] }
    const story = broken(5, replacing).settle()
    expect(story.stage('staging').plan.arms.map((arm) => [arm.release, arm.weightPercent])).toEqual([
      [3, 100],
    ])
    expect(searched(story, 5).state.releases[5]?.rejected).not.toBeNull()
  })

  test('leaves no entry behind: what did well may come in by itself afterwards', () => {
    const story = broken()
    well(story).settle()
    expect(story.stage('staging').marks[3]?.entered ?? false).toBe(false)
  })

  test('that sees too little in twice its time leaves all suspects, and ends the search', () => {
    const story = broken()
    probe(story)
    story.now += (2 * EVIDENCE_TIMES * SEEN.watchedMs * 100) / PROBE_PERCENT - 1
    expect(due(story.state, story.now).some((intent) => intent.do === 'decide')).toBe(false)
    story.now += 1
    story.settle()
    expect(story.stage('staging')).toMatchObject({ rollout: null, suspects: [2, 3, 4, 5, 6] })
    expect(story.stage('staging').search).toBeUndefined()
    expect(story.live('staging')).toBe(1)
  })

  test('is never of a release that somebody rejected something of', () => {
    const story = broken().person({ type: 'reject', release: 1, reason: 'no' }).settle()
    const { rollout } = story.stage('staging')
    // Staging runs #1, so nothing keeps it out; but what is suspected and rejected is looked for no more.
    expect(rollout?.lane).toBe('probe')
    story.person({ type: 'reject', release: 2, reason: 'it was this' }).settle()
    expect(story.stage('staging')).toMatchObject({ rollout: null, suspects: [] })
  })

  test('waits for a lock that stands, and a lock that comes stops its next step', () => {
    const story = broken()
    const lock = {
      type: 'lock',
      stage: 'staging',
      id: 'l2',
      owner: 'anna',
      reason: 'hands off',
      forMs: 3_600_000,
      incident: null,
      suspect: null,
    } as const
    story.person(lock).settle()
    expect(story.stage('staging').rollout).toBeNull()
    story.person({ type: 'unlock', stage: 'staging', incidentClosed: false }).settle()
    expect(story.stage('staging').rollout?.lane).toBe('probe')
  })
})

describe('a search yields', () => {
  test('to a release that reverts all that are suspected, at once', () => {
    const story = broken()
    probe(story)
    const all = [2, 3, 4, 5, 6].map((one) => sha(one))
    story.merge({ revertsCommits: all }).settle()
    expect(story.live('staging')).toBe(7)
    const ended = story.events.find((event) => event.type === 'culprit-search-ended')
    expect(ended).toMatchObject({ how: 'gave-way', culprit: null })
  })

  test('to a person who goes back', () => {
    const story = broken()
    probe(story)
    story.person({ type: 'abort', stage: 'staging', reason: 'leave it', tick: 0 }).settle()
    expect(story.stage('staging').search).toBeUndefined()
    expect(story.stage('staging').suspects).toEqual([2, 3, 4, 5, 6])
  })

  test('to a hotfix for the stage', () => {
    const story = broken()
    probe(story)
    story.person(story.hotfix(['c'.repeat(40)], { stage: 'staging' })).settle()
    expect(story.stage('staging').search).toBeUndefined()
    expect(releaseName(story.live('staging') ?? 0)).toBe('#1+1')
  })

  test('after four hours, whatever it came to', () => {
    const story = broken()
    const lock = { owner: 'anna', reason: 'hands off', forMs: 2 * SEARCH_MS_MAX, incident: null } as const
    story.person({ type: 'lock', stage: 'staging', id: 'l2', suspect: null, ...lock }).settle()
    story.now += SEARCH_MS_MAX - 1
    story.settle()
    expect(story.stage('staging').search).toBeDefined()
    story.now += 1
    story.settle()
    expect(story.events.at(-1)).toMatchObject({ type: 'culprit-search-ended', how: 'too-long' })
  })
})

describe('where there is no search', () => {
  test('in the last stage nobody is probed: the suspects are listed and the gate waits for a word', () => {
    const story = new Story(service([stage('production', { ...latest, stage: 'production' })]))
    story.merge({}).settle().ownServed('production').baked('production')
    story.merge({}, {}, {})
    story.settle()
    const production = story.live('production') ?? 0
    expect(production).toBeGreaterThan(1)
    story.ownServed('production').settle()
    const release = story.live('production') ?? 0
    story.found('production', {
      found: 'against',
      release,
      during: 'bake',
      rollout: null,
      what: 'it fails',
      cause: 'verdict',
      alone: true,
      seen: SEEN,
    })
    story.settle()
    expect(story.stage('production').suspects.length).toBeGreaterThan(1)
    expect(story.stage('production').search).toBeUndefined()
    expect(story.stage('production').rollout).toBeNull()
  })

  test('one change needs none', () => {
    const story = new Story().shipped({}).merge().settle()
    breaks(story).settle()
    expect(story.events.some(({ type }) => type === 'culprit-search-started')).toBe(false)
  })
})

describe('what serves with some of the suspects in it', () => {
  /** #1 is good, #2 still bakes, and #4 on top of it breaks; a probe of #3 breaks, too: #2 or #3. */
  function servedOn(): Story {
    const story = new Story(service([latest, PRODUCTION])).shipped({})
    story.merge({}).settle()
    story.merge({}, {}).settle().ownServed('staging').settle()
    expect(story.live('staging')).toBe(4)
    breaks(story, SEEN, false).settle()
    expect(story.stage('staging').suspects).toEqual([2, 3, 4])
    broke(story).settle()
    expect(story.live('staging')).toBe(2)
    expect(story.stage('staging')).toMatchObject({ rollout: null, suspects: [2, 3] })
    return story
  }

  test('tells by itself: well for as long as it took to break, it was the other one', () => {
    const story = servedOn()
    story.found('staging', { found: 'probe-well', release: 2, rollout: null, ...SEEN }).settle()
    expect(story.state.releases[3]?.rejected).not.toBeNull()
    expect(story.live('staging')).toBe(2)
  })

  test('tells by itself: where it breaks it goes back, too, and it was that one', () => {
    const story = breaks(servedOn(), SEEN, false).settle()
    expect(story.state.releases[2]?.rejected).not.toBeNull()
    expect(story.live('staging')).toBe(1)
    expect(story.stage('staging').search).toBeUndefined()
  })
})

describe('how much is enough', () => {
  const search: CulpritSearch = {
    release: 6,
    what: 'it fails',
    since: 0,
    sinceTick: 0,
    suspects: [2, 3],
    seen: SEEN,
    probes: [],
  }
  const rows = [
    { times: 1, isShownSafe: true, enough: true },
    { times: 0.99, isShownSafe: true, enough: false },
    { times: 1, isShownSafe: false, enough: false },
    { times: EVIDENCE_TIMES, isShownSafe: false, enough: true },
    { times: EVIDENCE_TIMES - 0.01, isShownSafe: false, enough: false },
  ]
  for (const { times, isShownSafe, enough } of rows)
    test(`${times} times what was seen${isShownSafe ? ', and shown safe' : ''} is ${enough ? '' : 'not '}enough`, () => {
      const seen = { watchedMs: times * SEEN.watchedMs, requests: times * SEEN.requests }
      expect(isEnough(search, seen, isShownSafe)).toBe(enough)
    })

  test('time without requests, and requests without time, are not', () => {
    const much = { watchedMs: 1e9, requests: 1e9 }
    expect(isEnough(search, { ...much, requests: SEEN.requests - 1 }, true)).toBe(false)
    expect(isEnough(search, { ...much, watchedMs: SEEN.watchedMs - 1 }, true)).toBe(false)
  })
})
