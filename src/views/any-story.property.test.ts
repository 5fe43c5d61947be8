// Whatever people press, whatever the outside answers and however late: laws that hold in every state (behaviour 4.6,
// 1.5, 1.8, 2.7, 2.8, 4.1, 5.2).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noEvidence } from '../domain/analysis/evidence.ts'
import { contains, lacking } from '../domain/service/contains.ts'
import { due } from '../domain/service/due.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { evolve } from '../domain/service/evolve.ts'
import { artifactsToKeep } from '../domain/service/forget.ts'
import { closedGate } from '../domain/service/gates.ts'
import { blockedBy } from '../domain/service/lifting.ts'
import { initialService, stageOf, type ServiceState } from '../domain/service/state.ts'
import { Story } from '../domain/service/testing/story.ts'
import { pipelines, play, START, step } from '../domain/service/testing/any-story.ts'
import { standingOf } from './standing.ts'
import { whyNotIn } from './why.ts'

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
