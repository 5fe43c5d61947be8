// What people are told while a culprit is looked for.
import { expect, test } from 'vitest'
import { noEvidence, withTick } from '../domain/analysis/evidence.ts'
import { NO_INSTANCES } from '../domain/analysis/tick.ts'
import { PRODUCTION, service, STAGING, Story } from '../domain/service/testing/story.ts'
import { searchView } from './search-view.ts'
import { standingOf } from './standing.ts'
import { whyNotIn } from './why.ts'

const staging = { ...STAGING, queue: 'latest' as const }
const SEEN = { watchedMs: 20_000, requests: 400 }

function broken(): Story {
  const story = new Story(service([staging, PRODUCTION])).shipped({})
  const lock = {
    id: 'l1',
    owner: 'anna',
    reason: 'wait for all',
    forMs: 60_000,
    incident: null,
    suspect: null,
  }
  story
    .merge({}, {}, {})
    .person({ type: 'lock', stage: 'staging', ...lock })
    .settle()
  story.person({ type: 'unlock', stage: 'staging', incidentClosed: false }).settle()
  return story.found('staging', {
    found: 'against',
    release: 4,
    during: 'bake',
    rollout: null,
    what: 'it fails',
    cause: 'verdict',
    alone: true,
    seen: SEEN,
  })
}

function seen(story: Story, requests: number) {
  const tick = story.stage('staging').rollout?.sinceTick ?? 0
  const arm = (release: number) => ({
    release,
    weightPercent: 50,
    requests,
    errors: 0,
    latency: [],
    instances: NO_INSTANCES,
  })
  const evidence = withTick(noEvidence, {
    seq: tick + 1,
    at: story.now,
    spanMs: 7_000,
    generation: 1,
    routerSeen: true,
    arms: [arm(1), arm(2)],
  })
  return { now: story.now, evidence: () => evidence }
}

test('it says what is probed, how much of it was seen, and until when', () => {
  const story = broken().settle()
  const view = searchView(story.state, staging, seen(story, 130))
  expect(view).toMatchObject({ probing: 2, left: [2, 3, 4], suspected: [2, 3, 4], told: [], release: 4 })
  expect(view?.why.map(({ text }) => text)).toEqual([
    '#2 is probed to find out which of #2, #3 or #4 broke staging: 130 of 1200 requests and 7 of 60 s so far',
  ])
  expect(view?.why[0]?.until).toBe(story.now + 240_000)
})

test('a release that waits for it says so, also the one that is probed', () => {
  const story = broken().settle()
  for (const release of [2, 3]) {
    const why = whyNotIn(story.state, service([staging, PRODUCTION]), staging, release, seen(story, 130))
    expect(why.map(({ code }) => code)).toContain('search/probing')
    expect(standingOf(story.state, story.stage('staging'), release)).not.toBe('rolling-out')
  }
})

test('a probe that a lock keeps from beginning says what it waits for', () => {
  const story = broken()
  const lock = { id: 'l2', owner: 'ben', reason: 'demo', forMs: 60_000, incident: null, suspect: null }
  story.person({ type: 'lock', stage: 'staging', ...lock }).settle()
  const [reason] = searchView(story.state, staging, seen(story, 0))?.why ?? []
  expect(reason?.text).toContain('a probe of #2')
  expect(reason?.text).toContain('staging is locked by ben: demo')
})

test('without a search there is nothing to say', () => {
  const story = new Story().shipped({})
  expect(searchView(story.state, STAGING, seen(story, 0))).toBeNull()
})
