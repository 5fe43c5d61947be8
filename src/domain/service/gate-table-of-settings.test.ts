// The gate table of behaviour section 3 for what is no release of its own: a changed setting, as usual and by the lanes,
// and back-fill; and the table that the code reads, held to the document.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { StageDefinition } from '../pipeline/definition.ts'
import { WAYS } from './lanes.ts'
import {
  type Cell,
  close,
  type Gate,
  lockOf,
  OFFICE,
  open,
  production,
  readGateTable,
  TEN,
} from './testing/gate-table.ts'
import { plainOf, settingsOf } from './settings.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'

const DOCUMENT = new URL('../../../docs/concepts/behaviour.md', import.meta.url)
const TABLE = readGateTable(readFileSync(DOCUMENT, 'utf8'))

/** A changed setting of production, as usual or by a lane. */
function changing(act: 'config' | 'hotfix' | 'emergency', locks: readonly string[] = [], value = 'red') {
  return {
    type: 'set-settings',
    stage: 'production',
    changes: [{ name: 'COLOUR', setting: { kind: 'plain', value } }],
    reason: 'it is grey',
    ...(act === 'config' ? {} : { round: { lane: act, locks, tick: 0 } }),
  } as const
}

function isGiven(story: Story): boolean {
  const { live, rollout } = story.stage('production')
  return [live?.release, rollout?.direction === 'forward' ? rollout.release : undefined].some(
    (release) =>
      release !== undefined && plainOf(settingsOf(story.stage('production'), release))['COLOUR'] === 'red',
  )
}

function closed(gate: Gate): Story {
  const story = new Story(service([STAGING, PRODUCTION])).shipped({})
  story.person({ type: 'configure', definition: service([STAGING, production(gate)]) })
  close(story, gate)
  return story
}

/** The gates that are asked of settings, and not of a release: what bakes and what was rejected has a test of its own. */
const OF_SETTINGS = ['window', 'approval', 'lock', 'hard lock', 'pin'] as const

function playSettings(act: 'config' | 'hotfix' | 'emergency', gate: (typeof OF_SETTINGS)[number]): Cell {
  const story = closed(gate)
  if (story.tries(changing(act)) !== undefined) {
    const named = closed(gate)
    const locks = named.stage('production').locks.map(({ id }) => id)
    return named.tries(changing(act, locks)) === undefined && isGiven(named.settle()) ? 'named' : 'refused'
  }
  if (isGiven(story.settle())) return 'passes'
  if (gate === 'approval') {
    const release = story.stage('production').wayRound?.release
    story.person({ type: 'approve', stage: 'production', release })
  } else open(story, gate)
  return isGiven(story.settle()) ? 'waits' : 'refused'
}

describe('a changed setting', () => {
  test.each(['window', 'approval', 'lock', 'hard lock'] as const)('as usual, at %s', (gate) => {
    expect(playSettings('config', gate)).toBe(TABLE.config.gates[gate])
  })

  describe.each(['hotfix', 'emergency'] as const)('by the lane of a %s', (lane) => {
    test.each(OF_SETTINGS)('at %s', (gate) => {
      expect(playSettings(lane, gate)).toBe(TABLE[lane].gates[gate])
    })
  })

  test('passes a pin only when it was set after it', () => {
    expect(TABLE.config.gates.pin).toBe('when set after it')
    expect(isGiven(closed('pin').person(changing('config')).settle())).toBe(true)
    const before = closed('lock').person(changing('config'))
    before.person({ type: 'pin', stage: 'production', reason: 'a demonstration' })
    open(before, 'lock')
    expect(isGiven(before.settle())).toBe(false)
    open(before, 'pin')
    expect(isGiven(before.settle())).toBe(true)
  })

  test('waits in a stage that bakes until what is served there served its own time', () => {
    expect(TABLE.config.gates.bake).toBe('waits')
    const story = new Story(service([STAGING, PRODUCTION])).shipped({}).merge().settle()
    const changes = [{ name: 'COLOUR', setting: { kind: 'plain', value: 'red' } }] as const
    story.person({ type: 'set-settings', stage: 'staging', changes, reason: '' }).settle()
    expect(story.live('staging')).toBe(2)
    const given = story.ownServed('staging').settle().live('staging') ?? 0
    expect(story.state.releases[given]?.origin.kind).toBe('settings')
  })

  test('is blocked once it was rolled back, until it is set again', () => {
    expect(TABLE.config.gates.rejection).toBe('blocked')
    const story = closed('bake').person(changing('config')).settle()
    story.against('production', 'rollout').settle()
    expect(isGiven(story)).toBe(false)
    expect(isGiven(story.person(changing('config')).settle())).toBe(true)
  })

  test('takes every step with its checks, and a verdict rolls it back', () => {
    const { checks, steps, verdict } = TABLE.config
    expect({ checks, steps, verdict }).toEqual({ checks: 'run', steps: 'as declared', verdict: 'rolls back' })
    const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const
    const story = new Story(service([STAGING, { ...PRODUCTION, checks: [check] }])).shipped({})
    const place = story.events.length
    story.person(changing('config')).settle()
    expect(story.typesSince(place)).toContain('check-passed')
    expect(story.stage('production').rollout?.steps).toEqual(PRODUCTION.rollout)
    story.against('production', 'rollout').settle()
    expect(story.live('production')).toBe(1)
  })
})

describe('back-fill', () => {
  /** A hotfix is live in production, and staging, which runs something older, is owed it behind a closed gate. */
  function owing(gate: Gate): Story {
    const staging = (shut: boolean): StageDefinition => ({
      ...STAGING,
      ...(shut && gate === 'window' ? { window: OFFICE } : {}),
      ...(shut && gate === 'approval' ? { approve: { by: ['anna'], n: 1, own: true, byHand: false } } : {}),
    })
    const story = new Story(service([staging(false), PRODUCTION])).shipped({})
    story.person({ type: 'configure', definition: service([staging(true), PRODUCTION]) })
    if (gate === 'pin') story.person({ type: 'pin', stage: 'staging', reason: 'a demonstration' })
    if (gate === 'lock' || gate === 'hard lock') lockOf(story, 'staging', gate === 'hard lock')
    return story.person(story.hotfix(['c'.repeat(40)])).settle()
  }

  test.each(['window', 'approval', 'lock', 'hard lock', 'pin'] as const)(
    'waits at %s as what is normal does',
    (gate) => {
      expect(TABLE['back-fill']).toBe('normal lane into earlier stages, never over something newer')
      const story = owing(gate)
      const fixed = story.live('production')
      expect(story.live('staging')).toBe(1)
      if (gate === 'window') story.now = TEN
      if (gate === 'approval') story.person({ type: 'approve', stage: 'staging' })
      if (gate === 'pin') story.person({ type: 'unpin', stage: 'staging', reason: 'over' })
      if (gate === 'lock' || gate === 'hard lock')
        story.person({ type: 'unlock', stage: 'staging', incidentClosed: false })
      expect(story.settle().live('staging')).toBe(fixed)
    },
  )

  test('never goes over something newer', () => {
    const story = new Story(service([STAGING, PRODUCTION])).shipped({}).merge().settle()
    story.person(story.hotfix(['c'.repeat(40)])).settle()
    expect(story.live('staging')).toBe(2)
  })
})

describe('the table that the code reads', () => {
  const named = { waits: 'waits', passes: 'passes', 'by name': 'named', refused: 'refused' } as const
  test.each(['normal', 'hotfix', 'emergency'] as const)('says of %s what the document says', (act) => {
    const { bake, window, approval, lock, hardLock, rejection, pin } = WAYS[act]
    expect(TABLE[act].gates).toEqual({
      bake,
      window,
      approval,
      lock: named[lock],
      'hard lock': named[hardLock],
      rejection: rejection === 'by name' ? 'named' : 'blocked',
      pin,
    })
    const { checks, steps, verdict } = WAYS[act]
    expect({ checks: TABLE[act].checks, steps: TABLE[act].steps, verdict: TABLE[act].verdict }).toEqual({
      checks: checks === 'none' ? 'health only' : checks === 'its own' ? 'run' : 'earlier stages too',
      steps: steps === 'without soak' ? 'no soak' : steps,
      verdict: verdict === 'goes back' ? 'rolls back' : 'pages',
    })
  })
})
