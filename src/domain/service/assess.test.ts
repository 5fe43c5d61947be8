// Behaviour 2.2, 2.9: what is on trial in a stage, and as what.
import { describe, expect, test } from 'vitest'
import { noEvidence, withTickCut, type Evidence } from '../analysis/evidence.ts'
import { judgeByThresholds } from '../analysis/judge-by-thresholds.ts'
import { arm, seen, seenAfter, tick } from '../analysis/testing/ticks.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { assess, questionsOf, watchSpentMs } from './assess.ts'
import { concerned, noticeType } from './describe.ts'
import type { Finding } from './finding.ts'
import { BAKE, PRODUCTION, service, stage, STAGING, Story } from './testing/story.ts'

describe('a stage with a bake and a watch', () => {
  const staging = stage('staging', { bake: BAKE, watchMs: 3_600_000 })
  const about = (story: Story): readonly string[] =>
    questionsOf(story.state, staging, story.stage('staging')).map((question) => question.about)

  test('judges the bake while a change is not cleared, though the watch has begun', () => {
    const story = new Story(service([staging, PRODUCTION])).shipped().merge().settle()
    expect(story.live('staging')).toBe(2)
    expect(story.stage('staging').watch?.release).toBe(2)
    expect(about(story)).toEqual(['bake'])
  })

  test('judges the watch once everything is cleared', () => {
    const story = new Story(service([staging, PRODUCTION])).shipped()
    expect(about(story)).toEqual(['watch'])
  })

  test('asks no more of what a verdict stands against and stays, so that others get their answers', () => {
    const story = new Story(service([staging, PRODUCTION])).shipped({}, {})
    story.person({ type: 'accept', stage: 'staging', release: 2, reason: 'it is well', tick: 0 })
    story.against('staging', 'watch')
    expect([story.live('staging'), story.stage('staging').stuck]).toEqual([2, expect.anything()])
    expect(about(story)).toEqual([])
  })
})

function findings(story: Story, definition: StageDefinition, evidence: Evidence): readonly Finding[] {
  return assess(story.state, definition, evidence, judgeByThresholds)
}
const founds = (story: Story, definition: StageDefinition, evidence: Evidence): readonly string[] =>
  findings(story, definition, evidence).map((finding) =>
    'proof' in finding ? `${finding.found} ${finding.proof}` : finding.found,
  )

const alone = (release: number, requests = 1) => tick([arm(release, 100, { requests })])
const failing = (release: number, errors: number, requests: number) =>
  tick([arm(release, 100, { requests, errors })])

describe('a bake (2.1 to 2.4)', () => {
  const baking2 = (definition: StageDefinition = STAGING): Story =>
    new Story(service([definition, PRODUCTION])).shipped({}).merge().settle()
  const served1 = seen([100, alone(1)])
  const extending: StageDefinition = { ...STAGING, inconclusive: 'extend' }
  const asking: StageDefinition = { ...STAGING, inconclusive: 'ask' }

  test.each([
    ['nothing yet', STAGING, 5, 1, []],
    ['own time', STAGING, 6, 1, ['own-served']],
    ['time that is not over', STAGING, 59, 1, ['own-served']],
    ['time and requests', STAGING, 60, 1, ['own-served', 'bake-over proven']],
    ['time without requests', STAGING, 60, 0, ['own-served', 'bake-over inconclusive']],
    ['time without requests, asking', asking, 60, 0, ['own-served', 'bake-over inconclusive']],
    ['time without requests, extending', extending, 60, 0, ['own-served']],
    ['time without requests, nearly twice', extending, 119, 0, ['own-served']],
    ['time without requests, twice', extending, 120, 0, ['own-served', 'bake-over inconclusive']],
    [
      'time, where nobody sends requests',
      { ...STAGING, traffic: 'none' as const },
      60,
      0,
      ['own-served', 'bake-over proven'],
    ],
  ])('%s', (_name, definition, seconds, requests, expected) => {
    const evidence = seenAfter(served1, [seconds, alone(2, requests)])
    expect(founds(baking2(definition), definition, evidence)).toEqual(expected)
  })

  test('the time and requests of what it replaced are not its own', () => {
    expect(founds(baking2(), STAGING, seenAfter(served1, [1, alone(2)]))).toEqual([])
  })

  test('a second in which an older release served too does not count', () => {
    const both = tick([arm(1, 50, { requests: 5 }), arm(2, 50, { requests: 5 })])
    expect(founds(baking2(), STAGING, seenAfter(served1, [60, both]))).toEqual([])
  })

  test('time without a living router, and time on hold, do not count', () => {
    const blind = { ...alone(2), routerSeen: false }
    const held = { ...alone(2), held: true }
    const evidence = seenAfter(served1, [30, alone(2)], [2, blind], [40, held], [28, alone(2)])
    expect(founds(baking2(), STAGING, evidence)).toEqual(['own-served'])
  })

  test('goes on inside its successors: the older change is cleared first', () => {
    const story = baking2().ownServed('staging').merge().settle()
    expect(story.live('staging')).toBe(3)
    const evidence = seenAfter(served1, [30, alone(2)], [30, alone(3)])
    expect(findings(story, STAGING, evidence)).toContainEqual({
      found: 'bake-over',
      release: 3,
      changes: [2],
      proof: 'proven',
    })
  })

  test('what was rolled back speaks neither for nor against what it carried', () => {
    const story = baking2().ownServed('staging').merge().settle().against('staging', 'bake', { alone: true })
    story.settle()
    expect(story.live('staging')).toBe(2)
    const rolledBack = seenAfter(served1, [20, alone(2)], [40, failing(3, 9, 10)])
    expect(founds(story, STAGING, seenAfter(rolledBack, [39, alone(2)]))).toEqual([])
    expect(founds(story, STAGING, seenAfter(rolledBack, [40, alone(2)]))).toEqual(['bake-over proven'])
  })

  test('failures of two releases that carried it add up, and then both are suspects', () => {
    const story = baking2().ownServed('staging').merge().settle()
    const evidence = seenAfter(served1, [1, failing(2, 4, 40)], [1, failing(3, 4, 40)])
    const [finding] = findings(story, STAGING, evidence)
    expect(finding).toMatchObject({ found: 'against', release: 3, during: 'bake', alone: false })
    if (finding) story.found('staging', finding).settle()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([2, [2, 3]])
  })

  test('failures of the last release alone are its own', () => {
    const story = baking2().ownServed('staging').merge().settle()
    const evidence = seenAfter(served1, [20, alone(2, 10)], [1, failing(3, 9, 20)])
    const [finding] = findings(story, STAGING, evidence)
    expect(finding).toMatchObject({ found: 'against', release: 3, alone: true })
    if (finding) story.found('staging', finding).settle()
    expect(story.state.releases[3]?.rejected).not.toBeNull()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([2, []])
  })

  test('is compared with the last release that has no verdict against it', () => {
    const story = baking2().against('staging', 'bake').settle()
    story.merge({ fixes: ['#2'] }).settle()
    expect(story.live('staging')).toBe(3)
    expect(questionsOf(story.state, STAGING, story.stage('staging')).map(({ baseline }) => baseline)).toEqual(
      [1],
    )
  })

  test('a verdict comes before everything else there is to say', () => {
    const evidence = seenAfter(served1, [60, alone(2)], [1, failing(2, 50, 50)])
    expect(founds(baking2(), STAGING, evidence)).toEqual(['against'])
  })
})

describe('a rollout (2.4)', () => {
  const rolling2 = (definition: StageDefinition = PRODUCTION): Story =>
    new Story(service([STAGING, definition]))
      .shipped({})
      .merge()
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
  const share = (percent: number, requests = 0) =>
    tick([arm(1, 100 - percent, { requests: 50 }), arm(2, percent, { requests })])
  const atHalf = (story: Story): Story => story.step('production').settle()

  test('a step is soaked by the watched time of its own share', () => {
    const story = rolling2()
    expect(founds(story, PRODUCTION, seen([1, share(50)]))).toEqual([])
    expect(founds(story, PRODUCTION, seen([1, { ...share(10), routerSeen: false }]))).toEqual([])
    expect(founds(story, PRODUCTION, seen([1, share(10)]))).toEqual(['step-soaked proven'])
  })

  test.each([
    ['is extended', PRODUCTION, 1, 0, []],
    ['once, to twice the time, and goes on unproven', PRODUCTION, 2, 0, ['step-soaked unproven']],
    ['is proven by 100 requests', PRODUCTION, 1, 100, ['step-soaked proven']],
    ['is not proven by 99', PRODUCTION, 1, 99, []],
    [
      'promotes unproven at once, where the stage says so',
      { ...PRODUCTION, inconclusive: 'promote' as const },
      1,
      0,
      ['step-soaked unproven'],
    ],
    [
      'needs no requests where nobody sends any',
      { ...PRODUCTION, traffic: 'none' as const },
      1,
      0,
      ['step-soaked proven'],
    ],
  ])('before everybody gets it, it %s', (_name, definition, seconds, requests, expected) => {
    const story = atHalf(rolling2(definition))
    expect(founds(story, definition, seen([1, share(10)], [seconds, share(50, requests)]))).toEqual(expected)
  })

  test('goes on marked unproven, and its author is told', () => {
    const story = atHalf(rolling2())
    for (const finding of findings(story, PRODUCTION, seen([1, share(10)], [2, share(50)])))
      story.found('production', finding)
    story.settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').marks[2]?.cleared).toBe('unproven')
    const cleared = story.events.findLast(({ type }) => type === 'changes-cleared')
    expect(cleared && noticeType(cleared)).toBe('change.unproven')
    expect(cleared && concerned(story.state, cleared)).toEqual(['author2@shop.example'])
  })

  test('asks before everybody gets it where the stage says ask; an answer lets it go on, accepted', () => {
    const definition: StageDefinition = { ...PRODUCTION, inconclusive: 'ask' }
    const story = atHalf(rolling2(definition))
    const evidence = seen([1, share(10)], [1, share(50)])
    const look = (): Story => {
      for (const finding of findings(story, definition, evidence)) story.found('production', finding)
      return story.settle()
    }
    look()
    look()
    expect(story.events.filter(({ type }) => type === 'bake-asked')).toHaveLength(1)
    expect(story.stage('production').rollout).toMatchObject({ step: 1, phase: 'soaking' })
    story.person({ type: 'accept', stage: 'production', release: 2, reason: 'a quiet shop', tick: 0 })
    look()
    expect([story.live('production'), story.stage('production').marks[2]?.cleared]).toEqual([2, 'accepted'])
  })

  test('a rejection is an answer too, and takes it back', () => {
    const definition: StageDefinition = { ...PRODUCTION, inconclusive: 'ask' }
    const story = atHalf(rolling2(definition))
    for (const finding of findings(story, definition, seen([1, share(10)], [1, share(50)])))
      story.found('production', finding)
    story.person({ type: 'reject', release: 2, reason: 'no' }).settle()
    expect([story.live('production'), story.stage('production').asked]).toEqual([1, null])
  })

  test('guards stay on while a person is asked', () => {
    const definition: StageDefinition = { ...PRODUCTION, inconclusive: 'ask' }
    const story = atHalf(rolling2(definition))
    const quiet = seen([1, share(10)], [1, share(50)])
    for (const finding of findings(story, definition, quiet)) story.found('production', finding)
    const bad = tick([arm(1, 50, { requests: 50 }), arm(2, 50, { requests: 10, errors: 10 })])
    expect(founds(story, definition, seenAfter(quiet, [1, bad]))).toEqual(['against'])
  })
})

describe('a hold (2.4)', () => {
  const story = (): Story => new Story().shipped({}).merge().settle()
  const blind = { ...alone(2), routerSeen: false }

  test('begins when no router tells what it sees, and ends when one does', () => {
    const held = story().found('staging', { found: 'hold', reason: 'no router tells what it sees' })
    expect(founds(story(), STAGING, seen([3, blind]))).toEqual(['hold'])
    expect(founds(held, STAGING, seen([3, blind], [1, alone(2)]))).toEqual(['no-hold'])
  })

  test('begins when the routers follow another plan than they acknowledged', () => {
    const told = story()
    const { plan } = told.stage('staging')
    const other = (acknowledged: { readonly acknowledged?: number }) =>
      Array.from({ length: 3 }, (_, index) => ({
        ...alone(2),
        seq: index + 1,
        // As after a clock that was set back: what the wall shows says nothing of what came first.
        at: plan.at - 3_600_000 + index * 1_000,
        generation: plan.generation - 1,
        ...acknowledged,
      }))
    const found = (acknowledged: { readonly acknowledged?: number }) =>
      assess(
        told.state,
        STAGING,
        { ...seen([3, alone(2)]), recent: other(acknowledged) },
        judgeByThresholds,
      ).map((finding) => finding.found)
    expect(found({ acknowledged: plan.generation })).toEqual(['hold'])
    // What was seen before the plan of now was acknowledged, or while it was.
    expect(found({ acknowledged: plan.generation - 2 })).toEqual([])
    expect(found({})).toEqual([])
  })

  test('stops the next step of a rollout, and lets it go on after', () => {
    const rolling = new Story().shipped({}).merge().settle().ownServed('staging').baked('staging').settle()
    rolling.found('production', { found: 'hold', reason: 'its neighbour is ill' })
    rolling.step('production').settle()
    expect(rolling.stage('production').rollout).toMatchObject({ step: 1, phase: 'gate' })
    rolling.found('production', { found: 'no-hold' }).soaked('production')
    expect(rolling.live('production')).toBe(2)
  })

  test('is told of after ten minutes, once', () => {
    const held = story().found('staging', { found: 'hold', reason: 'silence' })
    held.now += 599_999
    expect(held.settle().events.filter(({ type }) => type === 'hold-told')).toEqual([])
    held.now += 1
    held.settle().now += 3_600_000
    expect(held.settle().events.filter(({ type }) => type === 'hold-told')).toHaveLength(1)
  })
})

describe('a watch (2.9)', () => {
  const watched: StageDefinition = { ...PRODUCTION, watchMs: 10_000 }
  const live2 = (): Story => new Story(service([STAGING, watched])).shipped({}, {})

  test('is over after its watched time', () => {
    expect(founds(live2(), watched, seen([9, alone(2)]))).toEqual([])
    expect(
      founds(live2(), watched, seen([5, alone(2)], [9, { ...alone(2), held: true }], [5, alone(2)])),
    ).toEqual(['watch-over'])
  })

  test('begins when the rollout ended: what its last step soaked at all of the traffic is not counted again', () => {
    const soaking: StageDefinition = {
      ...watched,
      rollout: [{ kind: 'all', percent: 100, soakMs: 5_000 }],
    }
    const story = new Story(service([STAGING, soaking])).shipped({})
    story.merge().settle().ownServed('staging').baked('staging').settle()
    const { rollout } = story.stage('production')
    expect(rollout?.phase).toBe('soaking')
    story.report({
      type: 'report-finding',
      stage: 'production',
      finding: {
        found: 'step-soaked',
        release: 2,
        rollout: rollout?.rollout ?? 0,
        step: 0,
        proof: 'proven',
      },
      tick: 5,
    })
    expect(story.stage('production').watch).toMatchObject({ release: 2, sinceTick: 5 })
    const served = (ticks: number): Evidence =>
      Array.from({ length: ticks }).reduce<Evidence>(
        (evidence) => withTickCut(evidence, { ...alone(2), seq: evidence.lastSeq + 1 }, new Set([5])),
        noEvidence,
      )
    expect(founds(story, soaking, served(14))).toEqual([])
    expect(watchSpentMs(story.stage('production'), served(14))).toBe(9_000)
    expect(founds(story, soaking, served(15))).toEqual(['watch-over'])
  })

  test('judges against the release before', () => {
    const evidence = seen([50, alone(1, 10)], [5, failing(2, 5, 10)])
    const [finding] = findings(live2(), watched, evidence)
    expect(finding).toMatchObject({ found: 'against', during: 'watch', alone: true, rollout: null })
  })

  test('asks nothing more once it is over', () => {
    const story = live2().found('production', { found: 'watch-over', release: 2 })
    expect(findings(story, watched, seen([50, failing(2, 5, 10)]))).toEqual([])
  })

  test('that broke and cannot go back does not drown the rollout over it', () => {
    const story = new Story(service([STAGING, watched])).shipped({}).against('production', 'watch').settle()
    expect(story.stage('production').stuck).not.toBeNull()
    story
      .merge({ fixes: ['#1'] })
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    const soaked = tick([arm(1, 90, { requests: 50, errors: 20 }), arm(2, 10, { requests: 5 })])
    expect(founds(story, watched, seen([20, failing(1, 5, 10)], [1, soaked]))).toEqual(['step-soaked proven'])
  })

  test('is answered by a person who accepts it in spite of a verdict', () => {
    const story = new Story(service([STAGING, watched])).shipped({}).against('production', 'watch').settle()
    story.person({ type: 'accept', stage: 'production', release: 1, reason: 'it is well', tick: 0 })
    expect(story.stage('production').stuck).toBeNull()
    expect(findings(story, watched, seen([20, failing(1, 5, 10)]))).toEqual([])
  })
})

describe('a bake that may be over early', () => {
  const early: StageDefinition = { ...STAGING, bake: { ...BAKE, atLeastMs: 20_000 } }
  const came = (definition: StageDefinition, seconds: number, isShownSafe: boolean, requests = 1) => {
    const story = new Story(service([definition, PRODUCTION])).shipped({}).merge().settle()
    const { generation } = story.stage('staging').plan
    const evidence = seenAfter(noEvidence, [seconds, { ...alone(2, requests), generation }])
    return assess(story.state, definition, evidence, () => ({ verdict: 'none', isShownSafe }))
      .filter(({ found }) => found === 'bake-over')
      .map((finding) => ('proof' in finding ? finding.proof : ''))
  }

  test.each<[string, StageDefinition, number, boolean, number, readonly string[]]>([
    ['is over when it is shown safe and has its least time', early, 20, true, 1, ['proven']],
    ['is not over before its least time', early, 19, true, 1, []],
    ['is not over while nothing is shown', early, 59, false, 1, []],
    ['is not over while its requests are not there', early, 40, true, 0, []],
    ['is inconclusive after all its time without its requests', early, 60, true, 0, ['inconclusive']],
    ['is never early where the stage does not say so', STAGING, 59, true, 1, []],
    ['is over after all its time, though nothing is shown', early, 60, false, 1, ['proven']],
  ])('%s', (_name, definition, seconds, isShownSafe, requests, expected) => {
    expect(came(definition, seconds, isShownSafe, requests)).toEqual(expected)
  })
})
