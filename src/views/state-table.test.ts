// The table of src/domain/service/README.md is what really happens: every row is seen, and nothing else is.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { standingSchema } from '../api/board.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { evolve } from '../domain/service/evolve.ts'
import { initialService, stageOf, type ServiceState } from '../domain/service/state.ts'
import { BAKE, PRODUCTION, service, sha, STAGING, STEPS, Story } from '../domain/service/testing/story.ts'
import { standingOf } from './standing.ts'

const README = new URL('../domain/service/README.md', import.meta.url)
const check = { check: 'smoke', when: 'steps', limitMs: 1_000, kind: 'command', command: 'true' } as const
const checked: StageDefinition = { ...PRODUCTION, checks: [check], watchMs: 60_000 }

/** Rows of the table under a heading, each as its cells, without code quotes. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, after = ''] = readFileSync(README, 'utf8').split(`## ${heading}\n`)
  const [section = ''] = after.split('\n## ')
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    )
}

function phaseOf(state: ServiceState, stage: string): string {
  const { rollout } = stageOf(state, stage)
  return rollout === null ? 'none' : `${rollout.direction} ${rollout.phase}`
}

type Seen = {
  readonly phases: ReadonlySet<string>
  readonly standings: ReadonlyMap<string, ReadonlySet<string>>
}

/** Phases before and after every event that moved a rollout, and what standings each release had one after the other. */
function seenIn(stories: readonly Story[]): Seen {
  const phases = new Set<string>()
  const standings = new Map<string, Set<string>>()
  for (const story of stories) {
    let state = initialService
    for (const event of story.events) {
      const next = evolve(state, event)
      for (const stage of Object.keys(next.stages)) {
        notePhase(phases, state, next, stage, event)
        noteStandings(standings, state, next, stage)
      }
      state = next
    }
  }
  return { phases, standings }
}

function notePhase(
  seen: Set<string>,
  before: ServiceState,
  after: ServiceState,
  stage: string,
  event: ServiceEvent,
): void {
  const [from, to] = [phaseOf(before, stage), phaseOf(after, stage)]
  if (from !== to) seen.add(`${from} | ${event.type} | ${to}`)
}

function noteStandings(
  seen: Map<string, Set<string>>,
  before: ServiceState,
  after: ServiceState,
  stage: string,
): void {
  for (const release of Object.keys(before.releases).map(Number)) {
    if (before.stages[stage] === undefined) continue
    const from = standingOf(before, stageOf(before, stage), release)
    const to = standingOf(after, stageOf(after, stage), release)
    if (from !== to) seen.set(from, (seen.get(from) ?? new Set()).add(to))
  }
}

const pipeline = service([{ ...STAGING, bake: BAKE }, checked])
const rolling = (): Story =>
  new Story(pipeline).shipped({}).merge().settle().ownServed('staging').baked('staging').settle()
const back = { type: 'rollback', stage: 'production', reason: 'slow', tick: 0 } as const

/** The rollout of #2 in production, stopped in the phase that is asked for. */
function at(phase: string): Story {
  const story = new Story(pipeline).shipped({}).merge().settle().ownServed('staging').baked('staging')
  if (phase === 'gate') story.person({ type: 'pin', stage: 'production', reason: 'wait' })
  for (let turns = 0; turns < 50; turns += 1) {
    const { rollout } = story.stage('production')
    if (rollout?.release === 2 && rollout.phase === phase) return story
    if (phase === 'gate') return gated()
    story.turn(0)
  }
  throw new Error(`never ${phase}`)
}

function gated(): Story {
  const story = rolling()
    .person({ type: 'pin', stage: 'production', reason: 'wait' })
    .step('production')
    .settle()
  expect(phaseOf(story.state, 'production')).toBe('forward gate')
  return story
}

const phases = ['preparing', 'checking', 'gate', 'shifting', 'soaking'] as const

function failedBuild(): Story {
  const story = new Story(pipeline).shipped({}).merge()
  return story.report({ type: 'report-build-failed', release: 2, attempt: 1, fault: 'code', message: 'no' })
}

function rejectedWhileWaiting(): Story {
  const story = new Story(pipeline).shipped({}).merge().settle().ownServed('staging')
  return story.person({ type: 'reject', release: 2, reason: 'no' })
}

function takenOut(): Story {
  return new Story(pipeline).shipped({}, {}).person(back).settle()
}

/** It is asked for again before its instances were taken down. */
function retriedAtOnce(): Story {
  const story = new Story(pipeline).shipped({}, {}).person(back)
  for (let turns = 0; turns < 20 && story.stage('production').rollout; turns += 1) story.turn(0)
  story.person({ type: 'unpin', stage: 'production', reason: 'over' })
  return story.person({ type: 'retry', release: 2, stage: 'production' }).turn(0).soaked('production')
}

function stories(): readonly Story[] {
  const ended = phases.map((phase) =>
    at(phase).person({ type: 'abort', stage: 'production', reason: 'looks bad', tick: 0 }).settle(),
  )
  const watched = new Story(pipeline).shipped({}, {})
  const replaced = service([
    STAGING,
    { ...PRODUCTION, rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }] },
  ])
  const twice = new Story(pipeline).shipped({}, {}).person(back)
  return [
    ...ended,
    new Story(pipeline).shipped({}, {}, {}),
    new Story(replaced).shipped({}, {}),
    watched.against('production', 'watch').settle(),
    new Story(pipeline)
      .shipped({})
      .merge()
      .settle()
      .against('staging', 'bake')
      .settle()
      .merge({ fixes: ['#2'] })
      .settle(),
    new Story(pipeline).shipped({}, {}).person(back).settle(),
    // Going back is told to go elsewhere before it got there.
    twice.person({ ...back, to: 1 === twice.stage('production').rollout?.release ? 2 : 1 }).settle(),
    new Story(pipeline)
      .merge()
      .report({ type: 'report-build-failed', release: 1, attempt: 1, fault: 'code', message: 'no' })
      .merge()
      .settle(),
    new Story(service([STAGING, { ...PRODUCTION, rollout: STEPS }])).shipped({}, {}, {}, {}),
    // The release gone back to is no longer warm: its instances are started first.
    new Story(pipeline)
      .shipped({}, {}, {}, {})
      .person({ ...back, to: 1 })
      .settle(),
    new Story(pipeline)
      .shipped({}, {}, {}, {})
      .person({ ...back, to: 1 })
      .person({ ...back, to: 2 })
      .settle(),
    failedBuild().person({ type: 'retry', release: 2 }).settle(),
    failedBuild().merge().settle(),
    retriedAtOnce(),
    rejectedWhileWaiting().person({ type: 'unreject', release: 2, reason: 'a mistake' }).settle(),
    rejectedWhileWaiting()
      .merge({ revertsCommits: [sha(2)] })
      .settle()
      .ownServed('staging')
      .baked('staging')
      .soaked('production'),
    takenOut()
      .person({ type: 'unpin', stage: 'production', reason: 'over' })
      .person({ type: 'retry', release: 2, stage: 'production' })
      .soaked('production'),
    takenOut().person({ type: 'unpin', stage: 'production', culprit: 2, reason: 'it was this' }),
    takenOut()
      .person({ type: 'unpin', stage: 'production', reason: 'over' })
      .merge()
      .settle()
      .ownServed('staging')
      .baked('staging')
      .soaked('production'),
    rolling().person({ type: 'reject', release: 2, reason: 'no' }).settle(),
    new Story(pipeline)
      .shipped({}, {})
      .person({ ...back, stage: 'staging' })
      .settle(),
  ]
}

const seen = seenIn(stories())

test('a rollout changes its phase by these events, and by no others', () => {
  const rows = rowsUnder('Phases of a rollout').map(([from, event, to]) => `${from} | ${event} | ${to}`)
  expect([...seen.phases].sort()).toEqual(rows.toSorted())
})

test('a release has these standings one after the other, and no others', () => {
  const rows = rowsUnder('Standings of a release').map(([from, , next = '']) => [
    from,
    next.split(', ').sort(),
  ])
  const real = [...seen.standings].map(([from, next]) => [from, [...next].sort()])
  expect(Object.fromEntries(real)).toEqual(Object.fromEntries(rows))
  expect(new Set(rows.map(([name]) => name))).toEqual(new Set(standingSchema.options))
})
