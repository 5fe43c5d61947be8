// What can be taken back, and what is said where it cannot.
import { expect, test } from 'vitest'
import { createScriptedSource } from '../adapters/change-source/scripted/scripted-source.ts'
import { createManualClock } from '../adapters/clock/manual/manual-clock.ts'
import { change, sha, Story } from '../domain/service/testing/story.ts'
import type { ChangeSource, RevertAnswer } from '../ports/change-source.ts'
import { prepareRevert } from './prepare-revert.ts'

type Asked = Parameters<NonNullable<ChangeSource['revert']>>[0]
const MADE: RevertAnswer = { reverted: 'made', sha: 'ab'.repeat(20), onto: 'cd'.repeat(20), fetchFrom: null }

/** A source that answers so, and what it was asked. */
function sourceThat(answer: RevertAnswer) {
  const asked: Asked[] = []
  const scripted = createScriptedSource({ clock: createManualClock() })
  const source: ChangeSource = {
    ...scripted,
    revert: async (request) => {
      asked.push(request)
      return answer
    },
  }
  return { asked, source }
}

async function prepare(story: Story, release: number, answer: RevertAnswer = MADE, branch?: string) {
  const { asked, source } = sourceThat(answer)
  const { signal } = new AbortController()
  const wish = { release, branch, reason: 'it counts twice', person: 'anna', atMs: 1_000 }
  return { asked, answer: await prepareRevert({ source, state: story.state, signal }, wish) }
}

const line = (): Story => new Story().shipped({}).merge().merge().settle()

test('a change of the branch is taken back upon its head, in the words of git, by whoever asked', async () => {
  const { asked, answer } = await prepare(line(), 2)
  expect(asked).toMatchObject([{ branch: 'main', commits: [sha(2)], name: 'revert-2', by: 'anna' }])
  expect(answer).toMatchObject({ branch: 'revert-2', fetchFrom: null })
  expect('message' in answer && answer.message).toContain(`This reverts commit ${sha(2)}.`)
})

test('another branch may be named', async () => {
  expect((await prepare(line(), 2, MADE, 'anna/back')).asked[0]?.name).toBe('anna/back')
})

test.each([
  [
    'what was changed since',
    { reverted: 'conflict', commit: sha(2), files: ['a.txt', 'b.txt'] },
    'revert/conflict',
    'a.txt, b.txt were changed since',
  ],
  ['what is gone already', { reverted: 'nothing-left' }, 'revert/nothing-left', 'nothing left'],
  [
    'a branch that is there',
    { reverted: 'branch-taken', sha: 'ef'.repeat(20) },
    'revert/branch-taken',
    '--branch',
  ],
] satisfies readonly (readonly [string, RevertAnswer, string, string])[])(
  '%s is said, and what to do',
  async (_, answer, code, words) => {
    const { answer: found } = await prepare(line(), 2, answer)
    expect(found).toMatchObject({ refusal: { code } })
    expect('refusal' in found && found.refusal.text).toContain(words)
  },
)

test('what a later commit reverts already is not taken back twice; reverted again, it may be', async () => {
  const story = line().merge({ revertsCommits: [sha(2)] })
  expect((await prepare(story, 2)).answer).toMatchObject({
    refusal: { code: 'revert/already', text: '#4 reverts or fixes #2 already' },
  })
  story.merge({ revertsCommits: [sha(4)] })
  expect((await prepare(story, 2)).asked).toHaveLength(1)
})

test('what is not on the branch is not taken back there: a hotfix, or what a rewrite lost', async () => {
  const story = line().person(line().hotfix([3]))
  const hotfix = Object.values(story.state.releases).find(({ origin }) => origin.kind === 'cherry-pick')
  const { asked, answer } = await prepare(story, hotfix?.release ?? 0)
  expect(asked).toEqual([])
  expect(answer).toMatchObject({ refusal: { code: 'revert/not-on-branch' } })
  const rewritten = line()
  rewritten.report({ type: 'report-rewrite', after: sha(3), fork: sha(1), fresh: [change(9)], carried: [] })
  rewritten.person({ type: 'accept-history', reason: 'looked at it' })
  expect((await prepare(rewritten, 3)).answer).toMatchObject({ refusal: { code: 'revert/not-on-branch' } })
})

test('what nobody knows is said to be unknown', async () => {
  expect((await prepare(line(), 9)).answer).toMatchObject({ refusal: { code: 'release/unknown' } })
})
