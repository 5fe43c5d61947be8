// The command that runs once per rollout (behaviour 5.5), told as stories.
import { expect, test } from 'vitest'
import { commandReason } from './release-command.ts'
import { due } from './due.ts'
import type { Intent } from './intent.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'

const definition = service([STAGING, PRODUCTION])
const run = { ...definition.run, release: { command: 'migrate', limitMs: 60_000 } }
const migrating = { ...definition, run }

type RunCommand = Extract<Intent, { do: 'run-command' }>

/** #1 entered staging, and its command is due. */
function entered(): Story {
  const story = new Story(migrating).merge()
  for (let turns = 0; turns < 20 && !owed(story); turns += 1) story.turn(0)
  return story
}

function owed(story: Story): RunCommand | undefined {
  return due(story.state, story.now).find((intent) => intent.do === 'run-command')
}

const facts = { stage: 'staging', release: 1, rollout: 1, tick: 0 } as const

function says(story: Story, outcome: 'started' | 'passed' | 'failed' | 'lost', attempt = 1): Story {
  return story.report({ type: 'report-release-command', ...facts, attempt, outcome, message: 'its words' })
}

/** Stages in which a command was started, in order. */
function startsIn(story: Story): readonly string[] {
  return story.events.flatMap((event) => (event.type === 'release-command-started' ? [event.stage] : []))
}

test('it runs once per rollout, and no instance is asked for before it ended well', () => {
  const story = entered()
  expect(due(story.state, story.now).map(({ do: kind }) => kind)).toEqual(['run-command'])
  says(story, 'started')
  expect(owed(story)).toMatchObject({ isStarted: true, attempt: 1 })
  expect(due(story.state, story.now).some(({ do: kind }) => kind === 'scale')).toBe(false)
  says(story, 'passed').settle()
  expect(story.live('staging')).toBe(1)
  expect(startsIn(story)).toEqual(['staging', 'production'])
  expect(story.live('production')).toBe(1)
})

test('where it fails the rollout does not begin, and its change is rejected', () => {
  const story = says(says(entered(), 'started'), 'failed')
  expect(story.stage('staging').rollout).toBeNull()
  expect(story.events.at(-3)).toMatchObject({ type: 'release-command-failed', message: 'its words' })
  expect(story.events.at(-2)).toMatchObject({
    type: 'rollout-failed',
    cause: 'release-command',
    blames: true,
  })
  expect(story.state.releases[1]?.rejected?.reason).toContain('the release command failed: its words')
  expect(story.events.some(({ type }) => type === 'fleet-changed')).toBe(false)
})

test('one whose end was not recorded holds and asks, and nothing starts it again by itself', () => {
  const story = says(says(entered(), 'started'), 'lost')
  expect(due(story.state, story.now).filter(({ do: kind }) => kind !== 'wake')).toEqual([])
  expect(commandReason(story.stage('staging'))?.text).toContain('nobody knows whether it ended')
})

test('a person may let it run once more, as another attempt', () => {
  const story = says(says(entered(), 'started'), 'lost')
  story.person({ type: 'retry', release: 1, stage: 'staging' })
  expect(owed(story)).toMatchObject({ attempt: 2, isStarted: false })
  // What is said of the first attempt no longer counts.
  says(says(story, 'passed', 1), 'started', 1)
  expect(owed(story)).toMatchObject({ attempt: 2, isStarted: false })
  says(says(story, 'started', 2), 'passed', 2).settle()
  expect(story.live('staging')).toBe(1)
})

test('a person may say that it had ended well', () => {
  const story = says(says(entered(), 'started'), 'lost')
  story.person({ type: 'accept', release: 1, stage: 'staging', reason: 'looked at the tables', tick: 0 })
  story.settle()
  expect(story.live('staging')).toBe(1)
  expect(startsIn(story)).toEqual(['staging', 'production'])
})

test('when its rollout is over it is ended, and only then the next one begins', () => {
  const story = says(entered(), 'started')
  story.person({ type: 'abort', stage: 'staging', reason: 'not now', tick: 0 })
  expect(due(story.state, story.now).map(({ do: kind }) => kind)).toContain('end-command')
  expect(owed(story)).toBeUndefined()
  says(story, 'failed')
  expect(story.stage('staging').command).toMatchObject({ state: 'stopped' })
  expect(story.state.releases[1]?.rejected).toBeNull()
})

test('going back runs nothing: what the stage goes back to ran there before', () => {
  const story = new Story(migrating).shipped({}, {})
  const place = story.events.length
  story.person({ type: 'rollback', stage: 'production', reason: 'customers call', tick: 0 }).settle()
  expect(story.live('production')).toBe(1)
  expect(story.typesSince(place).some((type) => type.startsWith('release-command'))).toBe(false)
})
