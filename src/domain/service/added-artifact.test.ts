// What a team's own CI builds: what is taken, what is refused, how long it is waited for, what is kept.
import { expect, test } from 'vitest'
import type { GateReason } from './gate-reason.ts'
import { UNMERGED_KEPT_MS, UNMERGED_MAX } from './added-artifact.ts'
import { describe as sentence } from './describe.ts'
import { due } from './due.ts'
import { artifactsToKeep } from './forget.ts'
import { entryReasons } from './gates.ts'
import { roundReasons } from './way-round.ts'
import { change, service, sha, STAGING, Story } from './testing/story.ts'

const LIMIT_MS = 600_000
const ELSEWHERE = {
  ...service(),
  build: { command: null, output: '.', limitMs: LIMIT_MS, env: {}, elsewhere: true as const },
}

const story = (): Story => new Story(ELSEWHERE)
const artifact = (release: number, which = 'a') => ({
  type: 'add-artifact' as const,
  sha: sha(release),
  artifact: `sha256-${release}${which}`,
  sizeBytes: 10,
  checksum: `sha256:${'0'.repeat(64)}`,
  provenance: 'run 7 of the pipeline',
})
const why = ({ state, now }: Story, release: number): readonly GateReason[] =>
  entryReasons(state, ELSEWHERE, STAGING, release, now)
const later = (told: Story, ms: number): Story => {
  told.now += ms
  return told
}

test('a merged commit waits for its artifact, and says with which command it ends', () => {
  const told = story().merge().settle()
  expect(told.live('staging')).toBeUndefined()
  expect(told.events.some(({ type }) => type === 'build-started')).toBe(false)
  expect(why(told, 1)).toContainEqual({
    code: 'build/no-artifact',
    text: `it waits for what your CI builds of ${sha(1).slice(0, 10)}, for at most 10 min: sluice artifact add --service shop --sha ${sha(1)} FOLDER`,
    until: null,
  })
})

test('the artifact that was added goes on, with who added it, when, and what was said of it', () => {
  const told = story().merge()
  told.person(artifact(1))
  expect(due(told.state, told.now)).toContainEqual({ do: 'build', release: 1, attempt: 1 })
  told.settle()
  expect(told.live('production')).toBe(1)
  expect(told.state.releases[1]?.added).toEqual({
    artifact: 'sha256-1a',
    sizeBytes: 10,
    checksum: `sha256:${'0'.repeat(64)}`,
    provenance: 'run 7 of the pipeline',
    at: told.now,
    by: { kind: 'person', name: 'anna' },
  })
})

test('an older commit without its artifact does not keep a later one from being taken', () => {
  const told = story().merge({}, {})
  told.person(artifact(2))
  expect(due(told.state, told.now)).toContainEqual({ do: 'build', release: 2, attempt: 1 })
  expect(due(told.state, told.now)).not.toContainEqual(expect.objectContaining({ do: 'build', release: 1 }))
})

test('what is next waits in order for an older one, until that is given up', () => {
  const told = story().merge({}, {})
  told.person(artifact(2)).settle()
  expect(told.live('staging')).toBeUndefined()
  later(told, LIMIT_MS).settle()
  expect(told.live('staging')).toBe(2)
})

type Row = readonly [
  given: string,
  tell: (told: Story) => Story,
  wish: ReturnType<typeof artifact>,
  code: string,
]
const refused: readonly Row[] = [
  [
    'another one was added',
    (told) => told.merge().person(artifact(1)),
    artifact(1, 'b'),
    'artifact/other-stands',
  ],
  [
    'another one was added and is live',
    (told) => told.merge().person(artifact(1)).settle(),
    artifact(1, 'b'),
    'artifact/other-stands',
  ],
  [
    'another one was added before its commit came',
    (told) => told.person(artifact(1)),
    artifact(1, 'b'),
    'artifact/other-stands',
  ],
  [
    'as many as are kept wait for commits that never came',
    (told) => {
      for (let number = 1; number <= UNMERGED_MAX; number += 1) told.person(artifact(number))
      return told
    },
    artifact(UNMERGED_MAX + 1),
    'artifact/too-many-waiting',
  ],
]
test.each(refused)('where %s, a second one is refused and nothing changes', (_given, tell, wish, code) => {
  const told = tell(story())
  const before = told.state
  expect(told.tries(wish)?.code).toBe(code)
  expect(told.state).toBe(before)
})

test('a service that is built here takes no artifact', () => {
  const told = new Story().merge()
  expect(told.tries(artifact(1))?.code).toBe('artifact/built-here')
})

const same: readonly (readonly [given: string, tell: (told: Story) => Story])[] = [
  ['before its commit came', (told) => told.person(artifact(1))],
  ['while it is taken', (told) => told.merge().person(artifact(1))],
  ['when it is live', (told) => told.merge().person(artifact(1)).settle()],
]
test.each(same)('the same artifact once more changes nothing %s', (_given, tell) => {
  const told = tell(story())
  const before = told.state
  told.person(artifact(1))
  expect(told.state).toBe(before)
})

test('what is no longer in the store is taken again when the same is added once more', () => {
  const told = story().merge().person(artifact(1))
  for (const attempt of [1, 2])
    told.report({ type: 'report-build-failed', release: 1, attempt, fault: 'builder', message: 'gone' })
  told.person(artifact(1)).settle()
  expect(told.live('production')).toBe(1)
})

test('an artifact that comes before its commit is kept, and goes on once that is merged', () => {
  const told = story().person(artifact(1))
  expect([...artifactsToKeep(told.state)]).toEqual(['sha256-1a'])
  told.merge().settle()
  expect(told.live('production')).toBe(1)
  expect(told.state.artifacts).toEqual({})
})

test('an artifact whose commit is never merged is kept for a week and no longer', () => {
  const told = story().person(artifact(9))
  expect(due(told.state, told.now)).toContainEqual({ do: 'wake', at: told.now + UNMERGED_KEPT_MS })
  later(told, UNMERGED_KEPT_MS - 1).settle()
  expect(told.state.artifacts?.[sha(9)]).toBeDefined()
  later(told, 1).settle()
  expect(told.events.at(-1)).toMatchObject({ type: 'artifact-forgotten', sha: sha(9) })
  expect([...artifactsToKeep(told.state)]).toEqual([])
})

test('after its limit a commit without artifact counts as failed, and goes on when one is added after all', () => {
  const told = story().merge()
  const since = told.now
  expect(due(told.state, told.now)).toContainEqual({ do: 'wake', at: since + LIMIT_MS })
  later(told, LIMIT_MS).settle()
  expect(told.state.releases[1]?.build).toMatchObject({ state: 'failed', fault: 'limit' })
  expect(told.state.releases[1]?.build).toMatchObject({
    message: expect.stringContaining('sluice artifact add'),
  })
  told.person(artifact(1)).settle()
  expect(told.live('production')).toBe(1)
})

test('a retry waits for as long again', () => {
  const told = later(story().merge(), LIMIT_MS).settle()
  told.person({ type: 'retry', release: 1 }).settle()
  expect(told.state.releases[1]?.build.state).toBe('waiting')
  later(told, LIMIT_MS - 1).settle()
  expect(told.state.releases[1]?.build.state).toBe('waiting')
  later(told, 1).settle()
  expect(told.state.releases[1]?.build.state).toBe('failed')
})

test('an answer that comes too late for the limit does not undo what was added meanwhile', () => {
  const told = later(story().merge(), LIMIT_MS)
  told.person(artifact(1))
  told.report({ type: 'give-up-artifact', release: 1 })
  expect(told.state.releases[1]?.build.state).toBe('waiting')
})

test('a commit that comes back after a rewrite takes the artifact it had', () => {
  const told = story().merge({}, {}).person(artifact(1)).person(artifact(2)).settle()
  told.report({ type: 'report-rewrite', after: sha(2), fork: sha(1), fresh: [change(2)], carried: [] })
  told.person({ type: 'accept-history', reason: 'put back' })
  expect(told.state.releases[3]?.added?.artifact).toBe('sha256-2a')
})

test('an artifact is kept while it waits to be taken', () => {
  const told = story().merge().person(artifact(1)).settle()
  told.merge().person(artifact(2))
  expect([...artifactsToKeep(told.state)]).toContain('sha256-2a')
})

test('where a service is built here from now on, what waited is built', () => {
  const told = story().merge().settle()
  told.person({ type: 'configure', definition: service() }).settle()
  expect(told.live('production')).toBe(1)
})

/** #1 is live everywhere, and a hotfix of a commit on a branch is called. */
function hotfixed(): Story {
  const told = story().merge().person(artifact(1)).settle().ownServed('staging').baked('staging')
  told.settle().soaked('production')
  return told.person(told.hotfix(['c'.repeat(40)])).settle()
}

test('a hotfix says at once which commit has to be built, and where it is kept', () => {
  const told = hotfixed()
  const opened = told.events.find(({ type }) => type === 'way-round-opened')
  const made = told.state.releases[told.stage('production').wayRound?.release ?? 0]?.change.sha ?? ''
  expect(made).toHaveLength(40)
  expect(opened && sentence(opened)).toContain(
    `it goes in once your CI has built ${made}, kept in the repository as refs/sluice/shop/1+1, and added it: sluice artifact add --sha ${made} FOLDER`,
  )
})

test('why a hotfix waits says the same, and it goes in when what was built of it is added', () => {
  const told = hotfixed()
  const round = told.stage('production').wayRound
  const definition = told.state.definition?.stages.at(-1)
  if (!round || !definition) throw new Error('nothing goes round')
  const [reason, ...more] = roundReasons(told.state, definition, round)
  expect(more).toEqual([])
  expect(reason?.code).toBe('build/no-artifact')
  expect(reason?.text).toContain('kept in the repository as refs/sluice/shop/1+1')
  const made = told.state.releases[round.release]?.change.sha ?? ''
  told.person({ ...artifact(1, 'fix'), sha: made }).settle()
  expect(told.live('production')).toBe(round.release)
})

test('a hotfix whose artifact nobody adds in time is called off, and says what it waited for', () => {
  const told = later(hotfixed(), LIMIT_MS).settle()
  expect(told.stage('production').wayRound).toBeNull()
  expect(told.events.find(({ type }) => type === 'way-round-closed')).toMatchObject({
    message: expect.stringContaining('nobody added what was built of it within 10 min'),
  })
  expect(told.live('production')).toBe(1)
})
