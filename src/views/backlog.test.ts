// The tidal wave: what piles up behind a gate is shown before it comes down.
import { describe, expect, test } from 'vitest'
import { noEvidence } from '../domain/analysis/evidence.ts'
import type { Touched } from '../domain/change/touched.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { PRODUCTION, service, sha, stage, STAGING, Story } from '../domain/service/testing/story.ts'
import { backlog } from './backlog.ts'
import { forecast } from './forecast.ts'
import { whatIf } from './what-if.ts'

const HOUR_MS = 3_600_000
const START = Date.UTC(2026, 10, 23, 10)
const LOCK = {
  id: 'l',
  owner: 'anna',
  reason: 'a sale',
  forMs: 90 * 24 * HOUR_MS,
  incident: 'open',
  suspect: null,
}
const touchedBy = (path: string): Touched => ({
  files: [{ path, added: 10, removed: 2 }],
  count: 1,
  added: 10,
  removed: 2,
})

/** #1 everywhere; #2 to #4 baked in staging, before a lock of production. */
function locked(last: StageDefinition = PRODUCTION): Story {
  const story = new Story(service([STAGING, last]), START).shipped({})
  story.person({ type: 'lock', stage: 'production', ...LOCK })
  for (let count = 0; count < 3; count += 1)
    story.merge().settle().ownServed('staging').baked('staging').settle()
  return story
}

function look({ state, now }: Story, touched: (sha: string) => Touched | undefined = () => undefined) {
  if (!state.definition) throw new Error('it is configured')
  const found = backlog(state, state.definition, { now, evidence: () => noEvidence, touched })
  const at = (name: string) => found.stages.find((one) => one.stage === name)
  return { found, production: at('production'), staging: at('staging') }
}

describe('what waits behind a lock', () => {
  test('is listed oldest first with author, size and what is risky in it', () => {
    const { production, staging } = look(locked(), (one) =>
      touchedBy(one === sha(3) ? 'db/migrate/3.sql' : 'src/a.ts'),
    )
    expect(production?.changes.map(({ release, author }) => [release, author])).toEqual([
      [2, 'author2'],
      [3, 'author3'],
      [4, 'author4'],
    ])
    expect(production?.changes.map(({ risks }) => risks.map(({ kind }) => kind))).toEqual([
      [],
      ['migration'],
      [],
    ])
    expect(production?.size).toEqual({ files: 3, added: 30, removed: 6 })
    expect(staging?.changes).toEqual([])
  })

  test('has no size together while that of one is not known', () => {
    const { production } = look(locked(), (one) => (one === sha(3) ? undefined : touchedBy('a')))
    expect(production?.size).toBeNull()
    expect(production?.changes[1]).toMatchObject({ size: null, risks: [] })
  })

  test('is warned of by the age of the oldest, unless that is set aside', () => {
    const story = locked()
    expect(look(story).production?.age).toMatchObject({ level: 'fresh', text: null })
    story.now += 25 * HOUR_MS
    expect(look(story).production?.age?.text).toContain('#2 was merged')
    story.now += 50 * HOUR_MS
    expect(look(story).production?.age?.level).toBe('very-old')
    story.merge({ revertsCommits: [sha(2), sha(3), sha(4)] }).settle()
    expect(look(story).production?.age).toMatchObject({ level: 'fresh' })
    expect(look(story).production?.changes.map(({ isSetAside }) => isSetAside)).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  test.each(['each', 'latest'] as const)('opened with %s comes as the preview says', (queue) => {
    const story = locked()
    const goes = look(story).production?.openings.find((one) => one.queue === queue)?.goes
    expect(goes?.map(({ release }) => release)).toEqual(queue === 'each' ? [2, 3, 4] : [4])
    expect(goes?.flatMap(({ changes }) => changes)).toEqual([2, 3, 4])
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false, queue })
    const place = story.events.length
    for (let count = 0; count < 3; count += 1) story.settle().soaked('production').settle()
    const came = story.events
      .slice(place)
      .flatMap((event) => (event.type === 'rollout-started' ? [event.release] : []))
    expect(came).toEqual(goes?.map(({ release }) => release))
  })

  test('says where the bottleneck is, and why', () => {
    expect(look(locked()).found.bottleneck).toMatchObject({ stage: 'production', waiting: 3 })
    expect(look(locked()).found.bottleneck?.text).toContain('production is locked by anna: a sale')
    expect(look(new Story(service(), START).shipped({})).found.bottleneck).toBeNull()
  })

  test('is not foretold where only a person can open the gate', () => {
    expect(look(locked()).production?.changes.map(({ liveAt }) => liveAt)).toEqual([null, null, null])
  })
})

describe('a plan', () => {
  const plan = ({ state, now }: Story) => {
    if (!state.definition) throw new Error('it is configured')
    return forecast(state, state.definition, { now, evidence: () => noEvidence })
  }
  const textIn = (story: Story, name: string): string =>
    plan(story).find((row) => row.stage === name)?.text ?? ''

  test('counts settings that wait for their turn', () => {
    const story = new Story(service([STAGING, stage('production')]), START).shipped({})
    const lock = { ...LOCK, incident: null, forMs: 2 * HOUR_MS }
    story.person({ type: 'lock', stage: 'production', ...lock })
    const changes = [{ name: 'COLOUR', setting: { kind: 'plain', value: 'red' } }] as const
    story.person({ type: 'set-settings', stage: 'production', changes, reason: 'a new one' }).settle()
    expect(textIn(story, 'production')).toContain('#2 enters production, after #1+1')
  })

  test('counts a stage that must not run ahead', () => {
    const pipeline = service([{ ...STAGING, ahead: 1 }, PRODUCTION])
    const story = new Story(pipeline, START).shipped({})
    story.person({ type: 'lock', stage: 'production', ...LOCK })
    story.merge().settle()
    const row = plan(story).find(({ stage: name }) => name === 'staging')
    expect(row).toMatchObject({ at: null })
    expect(row?.text).toContain('ahead of production')
  })

  test('says of a window that never opens that nothing will come through', () => {
    const never = { days: [], fromMinute: 0, toMinute: 1440, zone: 'UTC', closedOn: [] }
    const story = new Story(service([STAGING, { ...PRODUCTION, window: null }]), START).shipped({})
    story.person({ type: 'configure', definition: service([STAGING, { ...PRODUCTION, window: never }]) })
    const row = plan(story).find(({ stage: name }) => name === 'production')
    expect(row).toMatchObject({ at: null })
    expect(row?.text).toContain('opens never, by its definition')
  })

  test('without a change says what goes on, and what that change holds', () => {
    const { state, now } = locked()
    if (!state.definition) throw new Error('it is configured')
    const outlook = { now, evidence: () => noEvidence }
    const open = locked().person({ type: 'unlock', stage: 'production', incidentClosed: false })
    const without3 = whatIf(open.state, state.definition, outlook, [3])
    expect(without3.moves.map(({ release }) => release)).toEqual([2])
    expect(without3.stays.map(({ release }) => release)).toEqual([3, 4])
    expect(whatIf(open.state, state.definition, outlook, []).moves.map(({ release }) => release)).toEqual([
      2, 3, 4,
    ])
    // Nothing was really set aside.
    expect(open.state.releases[3]?.rejected).toBeNull()
  })
})
