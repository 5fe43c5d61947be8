// Behaviour 4.6: what `plan` says is what then happens. A story of any kind is told; what is foretold from there is held
// against the same rules with a clock that only ever takes small steps.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noEvidence, withTickCut, type Evidence } from '../analysis/evidence.ts'
import { arm } from '../analysis/testing/ticks.ts'
import { assess, questionsFrom } from '../service/assess.ts'
import { due } from '../service/due.ts'
import type { ServiceEvent } from '../service/event.ts'
import { stageOf } from '../service/state.ts'
import { pipelines, play, START, step } from '../service/testing/any-story.ts'
import { service, stage, STAGING, Story } from '../service/testing/story.ts'
import { playForward } from './play-forward.ts'

const STEP_MS = 250
const IDLE_STEPS_MAX = 40

/** Entries and arrivals, in order, with their times. */
function moves(events: readonly ServiceEvent[], from: number) {
  return events.flatMap((event) => {
    const isMove = event.type === 'rollout-started' || event.type === 'rollout-completed'
    return isMove
      ? [{ what: event.type, stage: event.stage, release: event.release, at: event.at - from }]
      : []
  })
}

/** Lives on, in small steps while something is watched, and to the next thing that is due where nothing is. */
function liveOn(story: Story, evidence: Map<string, Evidence>, untilMs: number): void {
  const began = story.now
  let idle = 0
  while (story.now - began <= untilMs) {
    const place = story.events.length
    settleAndFind(story, evidence)
    idle = story.events.length > place ? 0 : idle + 1
    const wakes = due(story.state, story.now).flatMap((intent) => (intent.do === 'wake' ? [intent.at] : []))
    const next = Math.min(...wakes.filter((at) => at > story.now))
    if (idle > IDLE_STEPS_MAX && next === Infinity && !isAnythingOpen(story)) return
    const spanMs = isAnythingOpen(story) || next === Infinity ? STEP_MS : next - story.now
    story.now += spanMs
    for (const { stage: name } of story.state.definition?.stages ?? []) {
      const seen = stageOf(story.state, name)
      if (seen.hold || (!seen.live && !seen.rollout)) continue
      const arms = seen.plan.arms
        .filter(({ weightPercent }) => weightPercent > 0)
        .map(({ release, weightPercent }) => arm(release, weightPercent, { requests: 1_000 }))
      const known = evidence.get(name) ?? noEvidence
      const tick = {
        seq: known.lastSeq + 1,
        at: story.now,
        spanMs,
        generation: seen.plan.generation,
        routerSeen: true,
        arms,
      }
      evidence.set(name, withTickCut(known, tick, questionsFrom(seen)))
    }
  }
}

function settleAndFind(story: Story, evidence: ReadonlyMap<string, Evidence>): void {
  for (let turns = 0; turns < 500; turns += 1) {
    const place = story.events.length
    const intents = due(story.state, story.now).filter(({ do: kind }) => kind !== 'wake')
    const intent = intents.find(({ do: kind }) => kind === 'decide') ?? intents[0]
    if (intent) story.carryOut(withTick(intent, evidence))
    else
      for (const definition of story.state.definition?.stages ?? []) {
        const seen = evidence.get(definition.stage) ?? noEvidence
        if (stageOf(story.state, definition.stage).hold) continue
        for (const finding of assess(story.state, definition, seen, () => ({ verdict: 'none' })))
          story.report({ type: 'report-finding', stage: definition.stage, finding, tick: seen.lastSeq })
      }
    if (story.events.length === place && !intent) return
  }
  throw new Error('it does not settle')
}

type Intent = ReturnType<typeof due>[number]

function withTick(intent: Intent, evidence: ReadonlyMap<string, Evidence>): Intent {
  if (intent.do !== 'decide' || !('tick' in intent.command)) return intent
  const tick = evidence.get(intent.command.stage)?.lastSeq ?? 0
  return { ...intent, command: { ...intent.command, tick } }
}

function isAnythingOpen({ state }: Story): boolean {
  return (state.definition?.stages ?? []).some(({ stage: name, bake }) => {
    const { rollout, live, hold, marks, watch } = stageOf(state, name)
    if (hold) return false
    return rollout?.phase === 'soaking' || watch !== null || (bake && live && isBaking(marks, live.release))
  })
}

function isBaking(marks: ReturnType<Story['stage']>['marks'], live: number): boolean {
  const mark = marks[live]
  return mark !== undefined && mark.against === null && (!mark.ownServed || mark.cleared === null)
}

/** How many moves there were to foretell. */
function heldAgainst(story: Story, evidence: Map<string, Evidence>, untilMs: number): number {
  const { now } = story
  const place = story.events.length
  const foretold = moves(
    playForward(story.state, { now, evidence: (name) => evidence.get(name) ?? noEvidence }).events,
    now,
  )
  liveOn(story, evidence, untilMs)
  const happened = moves(story.events.slice(place), now)
  const said = foretold.filter(({ at }) => at < untilMs - 60_000)
  const done = happened.filter(({ at }) => at < untilMs - 60_000)
  expect(done.map(plainly)).toEqual(said.map(plainly))
  for (const [index, { at }] of said.entries())
    expect(Math.abs((done[index]?.at ?? -1e12) - at), JSON.stringify(said[index])).toBeLessThan(20 * STEP_MS)
  return said.length
}

const plainly = ({ what, stage: name, release }: ReturnType<typeof moves>[number]): string =>
  `${what} #${release} ${name}`

test('what is foretold is what then happens, in the same order and at the same times, whatever came before', () => {
  let foretold = 0
  const runs = Number(process.env['RUNS'] ?? 60)
  fc.assert(
    fc.property(
      fc.nat({ max: pipelines.length - 1 }),
      fc.array(step, { minLength: 3, maxLength: 30, size: 'max' }),
      (pipeline, steps) => {
        const story = new Story(pipelines[pipeline], START).shipped({})
        for (const next of steps) play(story, next)
        foretold += heldAgainst(story, new Map(), 30 * 60_000)
      },
    ),
    { seed: Number(process.env['SEED'] ?? 11), numRuns: runs },
  )
  expect(foretold, 'stories in which nothing happens prove nothing').toBeGreaterThan(runs)
})

test('a wave behind a lock is foretold to its end, by either policy, with a stage that may not run ahead', () => {
  const pipeline = service([{ ...STAGING, ahead: 3 }, stage('production', { watchMs: 1_000 })])
  const story = new Story(pipeline, START).shipped({})
  const seen = new Map<string, Evidence>()
  const lock = { id: 'l', owner: 'anna', reason: 'demo', forMs: 3_600_000, incident: 'open', suspect: null }
  story.person({ type: 'lock', stage: 'production', ...lock })
  for (let count = 0; count < 5; count += 1) story.merge()
  heldAgainst(story, seen, 10 * 60_000)
  for (const queue of ['each', 'latest'] as const) {
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false, queue })
    heldAgainst(story, seen, 10 * 60_000)
    expect(story.live('production')).toBe(story.state.head)
    story.person({ type: 'lock', stage: 'production', ...lock, id: `l-${queue}` })
    for (let count = 0; count < 3; count += 1) story.merge()
    heldAgainst(story, seen, 10 * 60_000)
  }
})
