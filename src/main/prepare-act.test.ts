// What a person calls a hotfix by, made into a command with a real repository: conflicts, what is live already, and words
// that name nothing are refused in words that say what to do.
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../test/kit/scratch-repository.ts'
import { createGitSource } from '../adapters/change-source/git/git-source.ts'
import { decide } from '../domain/service/decide.ts'
import { service, Story } from '../domain/service/testing/story.ts'
import { prepareAct } from './prepare-act.ts'

let repository: ScratchRepository
let stateDir: string
let source: ReturnType<typeof createGitSource>
let story: Story

beforeEach(() => {
  repository = scratchRepository()
  stateDir = scratchFolder('prepare-act')
  source = createGitSource({ stateDir })
  const { folder: git } = repository
  story = new Story({ ...service(), source: { git, branch: 'main', pollMs: 1_000 } })
})
afterEach(async () => {
  repository.remove()
  await rm(stateDir, { recursive: true, force: true })
})

/** What the branch has by now. */
async function learn(): Promise<void> {
  const after = story.state.releases[story.state.head]?.change.sha ?? null
  const { signal } = new AbortController()
  const asked = { git: repository.folder, branch: 'main', after, known: [], limit: 100, signal }
  const look = await source.look(asked)
  if (look.found !== 'line') throw new Error(`the branch was ${look.found}`)
  story.report({ type: 'report-changes', after, changes: look.changes })
}

/** And all of it is live. */
async function live(): Promise<void> {
  await learn()
  story.settle().ownServed('staging').baked('staging').settle().soaked('production')
}

async function called(changes: readonly string[], more: { readonly asIs?: boolean } = {}) {
  const prepared = await prepareAct({
    act: 'hotfix',
    body: {
      stage: 'production',
      changes: [...changes],
      asIs: more.asIs ?? false,
      locks: [],
      reason: 'it burns',
    },
    ports: { source, artifacts: { has: () => Promise.resolve(true) } } as unknown as Parameters<
      typeof prepareAct
    >[0]['ports'],
    state: story.state,
    contextWith: (secret) => ({
      person: 'anna',
      at: story.now,
      newId: (prefix) => prefix,
      tick: () => 0,
      secret,
    }),
  })
  if ('refusal' in prepared) return prepared.refusal
  const decision = decide(story.state, prepared.commandWith(0))
  return 'refusal' in decision ? decision.refusal : { code: 'done', text: '' }
}

test('a cherry-pick that conflicts is refused with the files, and with what would help', async () => {
  repository.commit('base', { 'a.txt': 'one\n' })
  await live()
  repository.commit('in between', { 'a.txt': 'two\n' })
  repository.commit('wanted', { 'a.txt': 'three\n' })
  await learn()
  const refusal = await called(['#3'])
  expect(refusal.code).toBe('round/conflict')
  expect(refusal.text).toContain('#3 does not fit onto #1: both changed a.txt')
  expect(refusal.text).toContain('--as-is')
  expect((await called(['#2', '#3'])).code, 'with what it stands on it does').toBe('done')
})

test('a hotfix of what is live already is refused, by its number, its commit, and what it would do', async () => {
  repository.commit('base', { 'a.txt': 'one\n' })
  await live()
  const second = repository.commit('second', { 'b.txt': 'b\n' })
  await live()
  for (const word of ['#1', '#2', second.slice(0, 10)])
    expect((await called([word])).code).toBe('round/already-live')
  // The same under another name, on a branch of its own.
  repository.git('checkout', '--quiet', '-b', 'again', `${second}^`)
  repository.commit('second, once more', { 'b.txt': 'b\n' })
  const refusal = await called(['again'])
  expect(refusal.code).toBe('round/already-live')
  expect(refusal.text).toContain('#2 does already what')
})

test('what names no release, branch or commit is refused in words', async () => {
  repository.commit('base', { 'a.txt': 'one\n' })
  await live()
  expect(await called(['#9'])).toEqual({ code: 'release/unknown', text: 'there is no #9; the newest is #1' })
  expect((await called(['no-such-branch'])).code).toBe('source/no-commit')
  expect((await called(['--upload-pack=x'])).code).toBe('source/not-a-commit-name')
})
