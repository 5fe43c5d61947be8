// Any story that may be told of a service: what people press, what the outside answers, what is found, in any order.
import fc from 'fast-check'
import type { StageDefinition } from '../../pipeline/definition.ts'
import type { PersonCommand } from '../command.ts'
import { due } from '../due.ts'
import type { Finding } from '../finding.ts'
import { wish } from './press.ts'
import { change, PRODUCTION, service, sha, stage, STAGING, STEPS, type Says, type Story } from './story.ts'
import { ROUTE_ACTS } from './track-wishes.ts'

const MINUTE_MS = 60_000
/** 2026-11-20, 16:00 UTC: a Friday, two hours before the window closes. */
export const START = 1_795_190_400_000
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
export const pipelines = firsts.flatMap((first) =>
  [...lasts, ...peopled].map((last) => service([first, last])),
)

/** What happens next; numbers say which release, as far back from the newest as they are large. */
export type Step =
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
export const step: fc.Arbitrary<Step> = fc.oneof(
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
        'probe-well' as const,
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

export function play(story: Story, step: Step): void {
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
    case 'probe-well': {
      const { search } = story.stage(name)
      const isProbe = rollout?.lane === 'probe' && rollout.direction === 'forward'
      const release = isProbe ? rollout.release : live?.release
      if (!search || release === undefined || hold !== null) return
      const seen = { requests: 100, watchedMs: 60_000 }
      story.found(name, { found, release, rollout: isProbe ? rollout.rollout : null, ...seen })
      return
    }
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
