// Behaviour 1.5 and 2.7 held against git itself: real repositories with reverts of reverts, cherry-picks and force-pushes.
// Every change adds a file of its own, so git's tree of a commit says which changes are in force there.
import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scratchFolder, scratchRepository } from '../../../../test/kit/scratch-repository.ts'
import type { ScratchRepository } from '../../../../test/kit/scratch-repository.ts'
import { contains, isOnLineOf } from '../../../domain/service/contains.ts'
import { isLifted, liftedBy } from '../../../domain/service/lifting.ts'
import { Story } from '../../../domain/service/testing/story.ts'
import { createGitSource, type GitSource } from './git-source.ts'

type Act =
  | { readonly act: 'commit' }
  | { readonly act: 'revert'; readonly back: number }
  | { readonly act: 'pick' }
  | { readonly act: 'merge' }
  | { readonly act: 'rewrite'; readonly back: number; readonly again: readonly boolean[] }

const back = fc.nat({ max: 4 })
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ act: 'commit' as const }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('revert' as const), back }) },
  { weight: 1, arbitrary: fc.constant({ act: 'pick' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'merge' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('rewrite' as const),
      back: fc.integer({ min: 1, max: 3 }),
      again: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    }),
  },
)

/** True where git did it; what conflicts, or changes nothing, is left. */
function tried(repository: ScratchRepository, ...args: readonly string[]): boolean {
  try {
    repository.git(...args)
    return true
  } catch {
    for (const what of ['revert', 'cherry-pick'])
      try {
        repository.git(what, '--abort')
      } catch {
        // That was not under way.
      }
    repository.git('reset', '--quiet', '--hard')
    return false
  }
}

function perform(repository: ScratchRepository, step: Act, unique: string): void {
  switch (step.act) {
    case 'commit':
      repository.commit(`add ${unique}`, { [unique]: `${unique}\n` })
      return
    case 'revert': {
      const line = repository.git('rev-list', '--first-parent', 'HEAD').split('\n')
      const sha = line[step.back]
      if (sha === undefined || step.back >= line.length - 1) return
      const isMerge = repository.git('rev-list', '--parents', '-1', sha).split(' ').length > 2
      tried(repository, 'revert', '--no-edit', ...(isMerge ? ['-m', '1'] : []), sha)
      return
    }
    case 'pick':
    case 'merge': {
      repository.git('checkout', '--quiet', '-b', unique)
      const sha = repository.commit(`add ${unique}`, { [unique]: `${unique}\n` })
      repository.git('checkout', '--quiet', 'main')
      repository.commit(`meanwhile ${unique}`, { [`${unique}-meanwhile`]: `${unique}\n` })
      if (step.act === 'pick') tried(repository, 'cherry-pick', '-x', sha)
      else repository.git('merge', '--quiet', '--no-ff', '-m', `merge ${unique}`, unique)
      return
    }
    case 'rewrite': {
      const line = repository.git('rev-list', '--first-parent', 'HEAD').split('\n')
      const lost = line.slice(0, Math.min(step.back, line.length - 1)).toReversed()
      if (lost.length === 0) return
      repository.git('reset', '--quiet', '--hard', `HEAD~${lost.length}`)
      repository.commit(`instead ${unique}`, { [unique]: `${unique}\n` })
      for (const [index, sha] of lost.entries()) {
        const isMerge = repository.git('rev-list', '--parents', '-1', sha).split(' ').length > 2
        if (step.again[index] && !isMerge) tried(repository, 'cherry-pick', sha)
      }
    }
  }
}

const signal = new AbortController().signal

/** What the branch is now, as the rules learn of it; a person accepts what was rewritten. */
async function learn(story: Story, source: GitSource, git: string): Promise<void> {
  const after = story.state.releases[story.state.head]?.change.sha ?? null
  const known = Object.values(story.state.releases)
    .map(({ change }) => change.sha)
    .toReversed()
  const look = await source.look({ git, branch: 'main', after, known, limit: 100, signal })
  if (look.found === 'line') {
    story.report({ type: 'report-changes', after, changes: look.changes })
    return
  }
  if (look.found === 'empty' || after === null) throw new Error('the branch is gone')
  const { fork, fresh, carried } = look
  story.report({ type: 'report-rewrite', after, fork, fresh, carried })
  story.person({ type: 'accept-history', reason: 'looked at it' })
}

/** Files that a commit added against its first parent: none for a revert of an addition. */
function added(repository: ScratchRepository, sha: string): readonly string[] {
  const args = ['diff-tree', '--root', '-r', '--name-only', '--diff-filter=A', '--no-commit-id']
  const [, parent] = repository.git('rev-list', '--parents', '-1', sha).split(' ')
  const said = repository.git(...args, ...(parent === undefined ? [sha] : [parent, sha]))
  return said === '' ? [] : said.split('\n')
}

test('what a release contains, and what in it is lifted, is what git’s own files say', {
  timeout: 240_000,
}, async () => {
  let lifted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 9 }), async (acts) => {
      const repository = scratchRepository()
      const stateDir = scratchFolder('histories')
      try {
        const source = createGitSource({ stateDir })
        const story = new Story()
        repository.commit('base', { base: 'base\n' })
        await learn(story, source, repository.folder)
        for (const [index, step] of acts.entries()) {
          perform(repository, step, `f${index}`)
          await learn(story, source, repository.folder)
        }
        const { state } = story
        const releases = Object.values(state.releases)
        const head = state.releases[state.head]
        // What the branch lost enters nothing any more: nobody asks what it would contain.
        const outers = releases.filter((release) => head && isOnLineOf(state, head, release))
        const files = new Map<string, ReadonlySet<string>>()
        for (const { change } of releases)
          files.set(
            change.sha,
            new Set(repository.git('ls-tree', '-r', '--name-only', change.sha).split('\n')),
          )
        for (const inner of releases) {
          // A revert takes away, or brings back what another took: only who brings first is asked about.
          if (liftedBy(state, inner).length > 0 || inner.change.subject.startsWith('Re')) continue
          const own = added(repository, inner.change.sha)
          for (const outer of outers) {
            const isInForce =
              contains(state, outer.release, inner.release) && !isLifted(state, inner.release, outer.release)
            if (isLifted(state, inner.release, outer.release)) lifted += 1
            for (const file of own)
              expect(
                files.get(outer.change.sha)?.has(file),
                `#${inner.release} (${inner.change.subject}) in #${outer.release} (${outer.change.subject})`,
              ).toBe(isInForce)
          }
          // Ancestry is never denied.
          for (const outer of outers)
            if (tried(repository, 'merge-base', '--is-ancestor', inner.change.sha, outer.change.sha))
              expect(contains(state, outer.release, inner.release)).toBe(true)
        }
      } finally {
        repository.remove()
        await rm(stateDir, { recursive: true, force: true })
      }
    }),
    {
      seed: Number(process.env['SEED'] ?? 27),
      numRuns: Number(process.env['RUNS'] ?? 12),
      endOnFailure: true,
    },
  )
  expect(lifted, 'histories without a revert in force prove nothing').toBeGreaterThan(10)
})

test('a hundred services that follow one repository all learn of one push, each once', {
  timeout: 240_000,
}, async () => {
  const repository = scratchRepository()
  const stateDir = scratchFolder('hundred')
  try {
    const source = createGitSource({ stateDir })
    repository.commit('base', { base: 'base\n' })
    const stories = Array.from({ length: 100 }, () => new Story())
    // A mirror of our own, so that they share one fetch after the other.
    const git = `file://${repository.folder}`
    await learn(stories[0] ?? new Story(), source, git)
    await Promise.all(stories.slice(1).map((story) => learn(story, source, git)))
    const pushed = repository.commit('one push', { pushed: 'x\n' })
    await Promise.all(stories.map((story) => learn(story, source, git)))
    await Promise.all(stories.slice(0, 10).map((story) => learn(story, source, git)))
    for (const { state } of stories) {
      expect(state.head).toBe(2)
      expect(state.releases[2]?.change.sha).toBe(pushed)
    }
  } finally {
    repository.remove()
    await rm(stateDir, { recursive: true, force: true })
  }
})
