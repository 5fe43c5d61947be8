// The gate table of behaviour section 3, cell by cell: every way in, against every gate, for every standing of what is
// to go in. What is expected is read from the document itself; each cell is played twice, with the gate closed and after
// somebody opened it.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import { due } from './due.ts'
import { blockedBy } from './lifting.ts'
import { type Cell, close, type Gate, GATES, open, production, readGateTable } from './testing/gate-table.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'

const ACTS = ['normal', 'skip-bake', 'hotfix', 'emergency'] as const
const STANDINGS = ['building', 'waiting'] as const
type Act = (typeof ACTS)[number]
type Standing = (typeof STANDINGS)[number]

const DOCUMENT = new URL('../../../docs/concepts/behaviour.md', import.meta.url)
const TABLE = readGateTable(readFileSync(DOCUMENT, 'utf8'))

/** #1 is live everywhere; #2 is merged, and through staging where it waits and its bake is not the question. */
function before(gate: Gate, standing: Standing, act: Act): Story {
  const story = new Story(service([STAGING, PRODUCTION])).shipped({})
  story.person({ type: 'configure', definition: service([STAGING, production(gate)]) })
  story.merge()
  if (standing === 'waiting') {
    // It went through staging while production was closed for all.
    story.person({
      type: 'lock',
      stage: 'production',
      id: 'first',
      owner: 'bob',
      reason: 'x',
      forMs: 86_400_000,
      incident: null,
      suspect: null,
    })
    story.settle().ownServed('staging')
  }
  close(story, gate)
  if (standing === 'waiting') {
    if (gate !== 'bake' && gate !== 'rejection' && act !== 'skip-bake') story.baked('staging')
    story.person({ type: 'unlock', stage: 'production', lock: 'first', incidentClosed: false })
  }
  return story
}

function isIn(story: Story): boolean {
  const { live, rollout } = story.stage('production')
  return live?.release === 2 || (rollout?.direction === 'forward' && rollout.release === 2)
}

function press(story: Story, act: Act, gate: Gate, isNamed: boolean): boolean {
  const locks = isNamed ? story.stage('production').locks.map(({ id }) => id) : []
  const rejected = isNamed ? blockedBy(story.state, 2, 'production') : []
  switch (act) {
    case 'normal':
      return true
    case 'skip-bake':
      return story.tries({ type: 'skip-bake', stage: 'staging', release: 2, reason: 'it must' }) === undefined
    case 'hotfix':
      return story.tries({ ...story.hotfix([]), what: { release: 2 }, locks }) === undefined
    case 'emergency':
      return story.tries({ ...story.emergency(2), locks, rejected }) === undefined
  }
}

/** Lets the outside do all it is owed, and staging finish what it has. */
function live(story: Story, gate: Gate, act: Act): Story {
  story.settle()
  if (gate === 'bake') return story
  if (act !== 'skip-bake') story.ownServed('staging').baked('staging')
  return story.settle()
}

/** `refused`: not even by name, or not until it is opened and asked for again. */
type Played = Exclude<Cell, 'blocked' | 'when set after it'> | 'refused'

/** What is kept out by a rejection is kept out whether it may be asked for or not. */
function said(played: Played, gate?: Gate): Cell | 'refused' {
  return gate === 'rejection' && (played === 'waits' || played === 'refused') ? 'blocked' : played
}

function play(act: Act, gate: Gate, standing: Standing): Played {
  const story = before(gate, standing, act)
  // What is still being built bakes nowhere: it is skipped once it does.
  if (act === 'skip-bake' && standing === 'building') story.settle()
  if (!press(story, act, gate, false)) {
    const again = before(gate, standing, act)
    return press(again, act, gate, true) && isIn(live(again, gate, act)) ? 'named' : 'refused'
  }
  if (isIn(live(story, gate, act))) return 'passes'
  open(story, gate)
  return isIn(live(story, gate, act)) ? 'waits' : 'refused'
}

describe.each(ACTS)('%s', (act) => {
  describe.each(GATES)('at %s', (gate) => {
    test.each(STANDINGS)(`${TABLE[act].gates[gate]}, while what is to go in is %s`, (standing) => {
      // Rejected while it baked: there is nothing left to skip, and nothing to wait for in staging.
      if (act === 'skip-bake' && gate === 'rejection') {
        const story = before(gate, standing, act)
        press(story, act, gate, false)
        expect(isIn(live(story, gate, act))).toBe(false)
        return
      }
      expect(said(play(act, gate, standing), gate)).toBe(TABLE[act].gates[gate])
    })
  })
})

type Step = 'holds' | 'goes on' | 'goes back'
/** What a gate does that closes in the middle of a rollout. */
const STEPS_TABLE: Readonly<Record<'normal' | 'hotfix' | 'emergency', Readonly<Record<Gate, Step>>>> = {
  normal: {
    bake: 'goes on',
    window: 'goes back',
    approval: 'goes on',
    lock: 'holds',
    'hard lock': 'holds',
    rejection: 'goes back',
    pin: 'holds',
  },
  hotfix: {
    bake: 'goes on',
    window: 'goes on',
    approval: 'goes on',
    lock: 'holds',
    'hard lock': 'holds',
    rejection: 'goes back',
    pin: 'goes on',
  },
  emergency: {
    bake: 'goes on',
    window: 'goes on',
    approval: 'goes on',
    lock: 'holds',
    'hard lock': 'holds',
    rejection: 'goes back',
    pin: 'goes on',
  },
}

describe.each(['normal', 'hotfix', 'emergency'] as const)('the next step of a %s rollout', (lane) => {
  test.each(GATES)(`when %s closes under it`, (gate) => {
    const story = new Story(service([STAGING, PRODUCTION])).shipped({}).merge().settle()
    if (lane === 'normal') story.ownServed('staging').baked('staging')
    else story.person({ ...story[lane]([]), what: { release: 2 } })
    while (story.stage('production').rollout?.phase !== 'gate') story.turn(0)
    if (gate === 'window' || gate === 'approval')
      story.person({ type: 'configure', definition: service([STAGING, production(gate)]) })
    close(story, gate)
    story.settle()
    const { rollout } = story.stage('production')
    const seen: Step =
      story.live('production') === 2 || rollout?.phase === 'soaking'
        ? 'goes on'
        : rollout?.phase === 'gate'
          ? 'holds'
          : 'goes back'
    expect(seen).toBe(STEPS_TABLE[lane][gate])
  })
})

/** #2 is live in production over #1, and watched. */
function watched(gate: Gate): Story {
  const story = new Story(service([STAGING, { ...PRODUCTION, watchMs: 60_000 }])).shipped({}, {})
  story.person({
    type: 'configure',
    definition: service([STAGING, { ...production(gate), watchMs: 60_000 }]),
  })
  close(story, gate)
  return story
}

describe('the way back', () => {
  test.each(GATES)('of a person passes %s, and pins', (gate) => {
    expect(TABLE['rollback, by a person'].gates[gate]).toBe(gate === 'pin' ? 'pins' : 'passes')
    const story = watched(gate)
    story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'customers call', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
    expect(story.stage('production').pin).not.toBeNull()
  })

  test.each(GATES)('of the machine passes %s, and stops at a pin', (gate) => {
    expect(TABLE['rollback, by the machine'].gates[gate]).toBe(gate === 'pin' ? 'stops' : 'passes')
    const story = watched(gate).against('production', 'watch').settle()
    expect(story.live('production')).toBe(gate === 'pin' ? 2 : 1)
    expect(story.stage('production').stuck !== null).toBe(gate === 'pin')
  })

  test('of the machine stops at what a person accepted', () => {
    const story = watched('bake')
    story.person({ type: 'accept', stage: 'production', release: 2, reason: 'looked at', tick: 0 })
    story.against('production', 'watch').settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').stuck?.reason).toContain('accepted')
  })
})

describe('checks, steps and verdicts', () => {
  const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const
  test.each(ACTS)('%s', (act) => {
    const { checks: wantedChecks, steps: wantedSteps, verdict: wantedVerdict } = TABLE[act]
    const begin = (): Story => {
      const story = new Story(service([STAGING, { ...PRODUCTION, checks: [check] }])).shipped({})
      story.merge().settle().ownServed('staging')
      if (act === 'normal') story.baked('staging')
      else press(story, act, 'bake', false)
      return story
    }
    const story = begin().settle()
    const started = story.events.find(
      (event) => event.type === 'rollout-started' && event.stage === 'production' && event.release === 2,
    )
    const steps = started?.type === 'rollout-started' ? started.steps : []
    const checks = story.events.filter(
      (event) => event.type === 'check-passed' && event.stage === 'production' && event.release === 2,
    )
    const judged = begin()
    while (judged.stage('production').rollout?.phase !== 'shifting') judged.turn(0)
    judged.against('production', 'rollout').settle()
    expect({
      checks: checks.length > 0 ? 'run' : 'health only',
      steps:
        steps.length < 3 ? 'at once' : steps.some(({ soakMs }) => soakMs > 0) ? 'as declared' : 'no soak',
      verdict: judged.live('production') === 1 ? 'rolls back' : 'pages',
    }).toEqual({
      checks: wantedChecks === 'earlier stages too' ? 'run' : wantedChecks,
      steps: wantedSteps,
      verdict: wantedVerdict,
    })
  })
})

describe('what has another standing', () => {
  const cases = [
    ['live', 'hotfix', 'round/already-live'],
    ['live', 'emergency', 'round/already-live'],
    ['superseded', 'hotfix', 'round/already-live'],
    ['superseded', 'emergency', 'round/already-live'],
    ['rolling-out', 'hotfix', 'round/rolling-out'],
    ['rolling-out', 'emergency', 'round/rolling-out'],
    ['build-failed', 'hotfix', 'build/failed'],
    ['build-failed', 'emergency', 'build/failed'],
    ['rolled-back', 'hotfix', undefined],
    ['rolled-back', 'emergency', undefined],
    ['lost', 'hotfix', undefined],
    ['unknown', 'hotfix', 'release/unknown'],
    ['unknown', 'emergency', 'release/unknown'],
  ] as const
  test.each(cases)('%s: %s comes to %s', (standing, act, code) => {
    const story = new Story(service([STAGING, PRODUCTION])).shipped({})
    const release = standing === 'unknown' ? 9 : 2
    switch (standing) {
      case 'live':
        story.shipped({})
        break
      case 'superseded':
        story.shipped({}, {})
        break
      case 'rolling-out':
        story.merge().settle().ownServed('staging').baked('staging').settle()
        break
      case 'build-failed':
        story.merge()
        story.report({ type: 'report-build-failed', release: 2, attempt: 1, fault: 'code', message: 'no' })
        break
      case 'rolled-back':
        story.shipped({})
        story.person({ type: 'rollback', stage: 'production', reason: 'customers call', tick: 0 }).settle()
        break
      case 'lost':
      case 'unknown':
        story.merge().settle()
    }
    const refusal = story.tries({ ...story[act]([]), what: { release } })
    expect(refusal?.code).toBe(code)
    if (code === undefined) expect(story.settle().live('production')).toBe(release)
  })
})

test('an entry decided in the millisecond of a lock adds nothing once the lock is acknowledged', () => {
  const story = new Story(service([STAGING, PRODUCTION])).shipped({}).merge().settle()
  story.ownServed('staging').baked('staging')
  const enter = due(story.state, story.now).find(
    (intent) => intent.do === 'decide' && intent.command.type === 'enter',
  )
  close(story, 'lock')
  const decision = enter?.do === 'decide' ? decide(story.state, enter.command) : undefined
  expect(decision).toMatchObject({ refusal: { code: 'gate/locked' } })
})
