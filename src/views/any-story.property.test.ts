// Whatever people press, whatever the outside answers and however late: laws that hold in every state (behaviour 4.6,
// 1.5, 1.8, 2.7, 2.8, 4.1, 5.2).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noEvidence } from '../domain/analysis/evidence.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { contains, lacking } from '../domain/service/contains.ts'
import type { PersonCommand } from '../domain/service/command.ts'
import { due } from '../domain/service/due.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { evolve } from '../domain/service/evolve.ts'
import type { Finding } from '../domain/service/finding.ts'
import { artifactsToKeep } from '../domain/service/forget.ts'
import { closedGate } from '../domain/service/gates.ts'
import { blockedBy } from '../domain/service/lifting.ts'
import { initialService, stageOf, type ServiceState } from '../domain/service/state.ts'
import {
  change,
  PRODUCTION,
  service,
  sha,
  stage,
  STAGING,
  STEPS,
  Story,
  type Says,
} from '../domain/service/testing/story.ts'
import { ROUTE_ACTS } from '../domain/service/testing/track-wishes.ts'
import { wish } from '../domain/service/testing/press.ts'
import { standingOf } from './standing.ts'
import { whyNotIn } from './why.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 10, 20, 16)
const window = { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: [] }
const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const

const lasts: readonly StageDefinition[] = [
  { ...PRODUCTION, watchMs: 60_000 },
  { ...PRODUCTION, window },
  stage('production', { rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }], watchMs: 60_000 }),
  { ...PRODUCTION, checks: [{ ...check, when: 'steps' }], rollout: STEPS, inconclusive: 'ask' },
]
const anybody = { by: [], n: 1, own: true, byHand: false } as const
const peopled: readonly StageDefinition[] = [
  { ...PRODUCTION, approve: anybody },
  { ...PRODUCTION, queue: 'latest', rollout: STEPS.map((step) => ({ ...step, confirm: true as const })) },
]
const firsts: readonly StageDefinition[] = [
  STAGING,
  { ...STAGING, inconclusive: 'ask', checks: [check] },
  { ...STAGING, inconclusive: 'extend', watchMs: 60_000 },
]
const pipelines = firsts.flatMap((first) => [...lasts, ...peopled].map((last) => service([first, last])))

/** What happens next; numbers say which release, as far back from the newest as they are large. */
type Step =
  | { readonly do: 'merge'; readonly says: 'nothing' | 'reverts' | 'fixes'; readonly back: number }
  | { readonly do: 'turn'; readonly which: number }
  | { readonly do: 'settle' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fail'; readonly what: 'build' | 'fleet' | 'check' }
  | {
      readonly do: 'find'
      readonly stage: string
      readonly finding: Finding['found']
      readonly flag: boolean
    }
  | {
      readonly do: 'press'
      readonly act: PersonCommand['type']
      readonly stage: string
      readonly back: number
    }
  | { readonly do: 'rewrite'; readonly back: number; readonly carry: boolean }

const stageName = fc.constantFrom('staging', 'production')
const back = fc.nat({ max: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('merge' as const),
      says: fc.constantFrom('nothing' as const, 'nothing' as const, 'reverts' as const, 'fixes' as const),
      back,
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turn' as const), which: fc.nat({ max: 5 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1_000, 11 * MINUTE_MS, 4 * 60 * MINUTE_MS, 66 * 60 * MINUTE_MS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      what: fc.constantFrom('build' as const, 'fleet' as const, 'check' as const),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('find' as const),
      stage: stageName,
      finding: fc.constantFrom(
        'own-served' as const,
        'own-served' as const,
        'bake-over' as const,
        'bake-over' as const,
        'step-soaked' as const,
        'step-soaked' as const,
        'step-soaked' as const,
        'against' as const,
        'watch-over' as const,
        'hold' as const,
        'no-hold' as const,
      ),
      flag: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('press' as const),
      act: fc.constantFrom(
        'lock' as const,
        'unlock' as const,
        'skip-bake' as const,
        'rollback' as const,
        'abort' as const,
        'accept' as const,
        'accept-history' as const,
        'reject' as const,
        'unreject' as const,
        'retry' as const,
        'pin' as const,
        'unpin' as const,
        'approve' as const,
        'approve' as const,
        'send-back' as const,
        'pause' as const,
        'resume' as const,
        'confirm' as const,
        'hotfix' as const,
        'emergency' as const,
        ...ROUTE_ACTS,
        ...ROUTE_ACTS,
        'set-settings' as const,
      ),
      stage: stageName,
      back,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rewrite' as const), back, carry: fc.boolean() }) },
)

function play(story: Story, step: Step): void {
  switch (step.do) {
    case 'merge':
      story.merge(words(step.says, Math.max(1, story.state.head - step.back)))
      return
    case 'turn':
      story.turn(step.which)
      return
    case 'settle':
      story.settle()
      return
    case 'wait':
      story.now += step.ms
      return
    case 'fail':
      fail(story, step.what)
      return
    case 'find':
      find(story, step.stage, step.finding, step.flag)
      return
    case 'press':
      story.tries(wish(story, step.act, step.stage, Math.max(1, story.state.head - step.back)))
      return
    case 'rewrite':
      rewrite(story, step.back, step.carry)
  }
}

function words(says: 'nothing' | 'reverts' | 'fixes', release: number): Says {
  if (says === 'nothing' || release === 0) return {}
  return says === 'reverts' ? { revertsCommits: [sha(release)] } : { fixes: [`#${release}`] }
}

function fail(story: Story, what: 'build' | 'fleet' | 'check'): void {
  for (const intent of due(story.state, story.now)) {
    if (what === 'build' && intent.do === 'build') {
      const { release, attempt } = intent
      story.report({ type: 'report-build-failed', release, attempt, fault: 'code', message: 'no' })
      return
    }
    if (what === 'fleet' && intent.do === 'scale' && intent.rollout !== null) {
      const { stage, fleet, rollout, step } = intent
      story.report({
        type: 'report-fleet-failed',
        stage,
        release: fleet.release,
        rollout,
        step,
        cause: 'health',
        message: 'ill',
        tick: 0,
      })
      return
    }
    if (what === 'check' && intent.do === 'check') {
      const { stage, release, rollout, step, check } = intent
      story.report({
        type: 'report-check',
        stage,
        release,
        rollout,
        step,
        check: check.check,
        passed: false,
        message: 'no',
        tick: 0,
      })
      return
    }
  }
}

function find(story: Story, name: string, found: Finding['found'], flag: boolean): void {
  const { live, rollout, hold } = story.stage(name)
  switch (found) {
    case 'own-served':
      story.ownServed(name)
      return
    case 'bake-over':
      // During a hold nothing is over.
      if (hold === null && story.stage(name).stuck === null)
        story.baked(name, flag ? 'proven' : 'inconclusive')
      return
    case 'step-soaked':
      if (rollout?.phase === 'soaking' && rollout.direction === 'forward' && hold === null)
        story.found(name, {
          found,
          release: rollout.release,
          rollout: rollout.rollout,
          step: rollout.step,
          proof: flag ? 'proven' : 'unproven',
        })
      return
    case 'against':
      if (rollout?.direction === 'forward' && flag) story.against(name, 'rollout')
      else if (live) story.against(name, story.stage(name).watch ? 'watch' : 'bake', { alone: flag })
      return
    case 'watch-over':
      if (live) story.found(name, { found, release: live.release })
      return
    case 'hold':
      story.found(name, { found, reason: flag ? 'no router tells what it sees' : 'its neighbour is ill' })
      return
    case 'no-hold':
      story.found(name, { found })
  }
}

function rewrite(story: Story, back: number, carry: boolean): void {
  const { state } = story
  const head = state.releases[state.head]
  const fork = state.releases[Math.max(1, state.head - back)]
  if (!head || !fork || fork === head) return
  const fresh = [change(900 + story.events.length), change(901 + story.events.length)]
  const carried = carry ? [{ lost: head.change.sha, as: fresh[1]?.sha ?? '' }] : []
  story.report({ type: 'report-rewrite', after: head.change.sha, fork: fork.change.sha, fresh, carried })
}

const QUIET = new Set(['live', 'baking', 'superseded', 'rolling-out'])

function everyWaitHasAReason({ state, now }: Story): void {
  const definition = state.definition
  if (!definition) return
  for (const stageDefinition of definition.stages)
    for (const release of Object.keys(state.releases).map(Number)) {
      const standing = standingOf(state, stageOf(state, stageDefinition.stage), release)
      if (QUIET.has(standing)) continue
      const live = stageOf(state, stageDefinition.stage).live
      if (live && contains(state, live.release, release)) continue
      const why = whyNotIn(state, definition, stageDefinition, release, { now, evidence: () => noEvidence })
      expect(why.length, `#${release} in ${stageDefinition.stage} (${standing})`).toBeGreaterThan(0)
      for (const { text, code, until } of why) {
        expect(text).toMatch(/\w/)
        if (code === 'gate/open')
          expect(
            due(state, now).some(({ do: kind }) => kind === 'decide'),
            `#${release} is said to enter ${stageDefinition.stage} now`,
          ).toBe(true)
        expect(until ?? now).toBeGreaterThanOrEqual(now)
      }
    }
}

/** What must be true of an event in the state it was decided in. */
function eventIsLawful(before: ServiceState, event: ServiceEvent): void {
  if (event.type === 'rollout-started' && event.direction === 'forward') {
    const definition = before.definition?.stages.find(({ stage: name }) => name === event.stage)
    const entered = stageOf(before, event.stage)
    expect(entered.rollout, 'one rollout at a time').toBeNull()
    if (entered.live) expect(lacking(before, event.release, entered.live.release)).toEqual([])
    if (event.lane !== undefined) {
      const { locks = [], rejected = [] } = entered.wayRound ?? {}
      expect(locks, 'only named locks are passed').toEqual(
        expect.arrayContaining(entered.locks.map(({ id }) => id)),
      )
      expect(rejected).toEqual(expect.arrayContaining([...blockedBy(before, event.release, event.stage)]))
      return
    }
    expect(entered.locks, 'no entry through a lock').toEqual([])
    const origin = before.releases[event.release]?.origin
    const isSince = origin?.kind === 'settings' && origin.version > entered.settings.atPin
    if (!isSince) expect(entered.pin, 'no entry through a pin').toBeNull()
    expect(blockedBy(before, event.release, event.stage), 'no entry of what is rejected').toEqual([])
    if (definition && entered.live) expect(closedGate(before, definition, event.at, 'entry')).toEqual([])
  }
  if (event.type === 'rollout-started')
    expect(event.rollout, 'what ended stays ended').toBe(stageOf(before, event.stage).rolloutCount + 1)
  if (event.type === 'step-started') {
    const stepping = stageOf(before, event.stage)
    const { locks = [], rejected = [] } = stepping.wayRound ?? {}
    const unnamed = stepping.locks.filter(({ id }) => !locks.includes(id))
    expect(unnamed, 'no step through a lock that was not named').toEqual([])
    const blocking = blockedBy(before, event.release, event.stage)
    expect(rejected, 'no step of what is rejected').toEqual(expect.arrayContaining([...blocking]))
  }
}

/** What a track or a rule leads to is neither forgotten nor reclaimed, and in the end it is what people get. */
function tracksAreKept({ state }: Story, isSettled: boolean): void {
  const artifacts = artifactsToKeep(state)
  for (const { routes, plan, fleets } of Object.values(state.stages)) {
    const named = routes.rules.flatMap(({ to }) => ('release' in to ? [to.release] : []))
    for (const release of [...named, ...Object.values(routes.tracks).map((track) => track.release)]) {
      const build = state.releases[release]?.build
      expect(build?.state, `#${release} is needed`).toBe('done')
      if (build?.state === 'done') expect(artifacts.has(build.artifact)).toBe(true)
    }
    if (!isSettled) continue
    for (const { track, release } of Object.values(routes.tracks)) {
      if (fleets[release] === undefined) continue
      const shares = plan.tracks?.find((one) => one.track === track)?.shares ?? []
      expect(shares.map((share) => share.release)).toContain(release)
    }
  }
}

function capacityIsKept({ state, now }: Story): void {
  for (const intent of due(state, now)) {
    if (intent.do === 'route') {
      const weight = intent.arms.reduce((sum, arm) => sum + arm.weightPercent, 0)
      expect([0, 100]).toContain(weight)
      for (const arm of intent.arms) expect(arm.instances.length).toBeGreaterThan(0)
      for (const { shares } of intent.tracks) {
        expect([0, 100]).toContain(shares.reduce((sum, { weightPercent }) => sum + weightPercent, 0))
        for (const { release } of shares)
          expect(
            intent.arms.map((arm) => arm.release),
            'a track leads to what runs',
          ).toContain(release)
      }
    }
    if (intent.do !== 'shrink') continue
    const { plan, fleets } = stageOf(state, intent.stage)
    const kept =
      fleets[intent.fleet.release]?.instances.slice(0, intent.fleet.count).map(({ id }) => id) ?? []
    const used = plan.arms
      .filter(({ release }) => release === intent.fleet.release)
      .flatMap(({ instances }) => instances)
    expect(kept, 'nothing goes that the router still uses').toEqual(
      expect.arrayContaining(used.map(({ id }) => id)),
    )
  }
}

test('in any story: every wait has a reason, what is due gets done, and the log alone gives the state', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: pipelines.length - 1 }),
      fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
      (pipeline, steps) => {
        const story = new Story(pipelines[pipeline], START).shipped({})
        for (const next of steps) {
          play(story, next)
          everyWaitHasAReason(story)
          capacityIsKept(story)
          tracksAreKept(story, false)
        }
        story.settle()
        if (pipelines[pipeline]?.stages.every(({ rollout }) => rollout[0]?.kind !== 'replace'))
          tracksAreKept(story, true)
        everyWaitHasAReason(story)
        const again = story.events.reduce((state, event) => {
          eventIsLawful(state, event)
          return evolve(state, event)
        }, initialService)
        expect(again).toEqual(story.state)
        expect(JSON.parse(JSON.stringify(again))).toStrictEqual(again)
      },
    ),
    { seed: Number(process.env['SEED'] ?? 7), numRuns: Number(process.env['RUNS'] ?? 200) },
  )
})
