// Random histories in real repositories. The test keeps its own book of what it did, and git is asked to confirm.
import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  scratchFolder,
  scratchRepository,
  type ScratchRepository,
} from '../../../../test/kit/scratch-repository.ts'
import type { SourceLook } from '../../../ports/change-source.ts'
import { createGitSource } from './git-source.ts'

type Act =
  | { readonly act: 'commit' }
  | { readonly act: 'merge'; readonly commits: number }
  | { readonly act: 'revert'; readonly back: number }
  | { readonly act: 'pick' }
  /** Forces the branch back, then brings some of what was lost again under new names, atop something new. */
  | { readonly act: 'rewrite'; readonly back: number; readonly again: number; readonly isBased: boolean }
  | { readonly act: 'look' }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ act: 'commit' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('merge' as const), commits: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('revert' as const), back: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ act: 'pick' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('rewrite' as const),
      back: fc.integer({ min: 1, max: 3 }),
      again: fc.nat({ max: 3 }),
      isBased: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ act: 'look' as const }) },
)

/** What the test knows of each first-parent commit: what its message must be found to say. */
type Noted = {
  readonly sha: string
  readonly reverts: string | null
  readonly pickedFrom: string | null
  readonly merged: number
}

/** The branch as the test believes it to be, oldest first, and the line as it was last seen by the source. */
type Book = { line: Noted[]; seen: string | null }

function perform(
  repository: ScratchRepository,
  book: Book,
  step: Exclude<Act, { act: 'look' }>,
  unique: string,
): void {
  const note = (more: Partial<Noted> = {}) => {
    const sha = repository.git('rev-parse', 'HEAD')
    book.line.push({ sha, reverts: null, pickedFrom: null, merged: 0, ...more })
  }
  switch (step.act) {
    case 'commit':
      repository.commit(`commit ${unique}`, { [`${unique}.txt`]: unique })
      return note()
    case 'merge': {
      repository.git('checkout', '--quiet', '-b', `branch-${unique}`)
      for (let index = 0; index < step.commits; index++) {
        repository.commit(`part ${unique}.${index}`, { [`${unique}.${index}.txt`]: unique })
      }
      repository.git('checkout', '--quiet', 'main')
      repository.git('merge', '--quiet', '--no-ff', '--no-edit', `branch-${unique}`)
      return note({ merged: step.commits })
    }
    case 'revert': {
      const target = book.line.at(-1 - step.back)
      if (target === undefined || book.line.length < 2 + step.back) return
      const mainline = target.merged > 0 ? ['-m', '1'] : []
      try {
        repository.git('revert', '--no-edit', ...mainline, target.sha)
      } catch {
        // A conflict, or nothing left to revert: the branch stays as it was.
        repository.git('reset', '--quiet', '--hard')
        return
      }
      return note({ reverts: target.sha })
    }
    case 'pick': {
      repository.git('checkout', '--quiet', '-b', `pick-${unique}`)
      const origin = repository.commit(`pick ${unique}`, { [`${unique}.txt`]: unique })
      repository.git('checkout', '--quiet', 'main')
      repository.commit(`before ${unique}`, { [`before-${unique}.txt`]: unique })
      note()
      repository.git('cherry-pick', '-x', origin)
      return note({ pickedFrom: origin })
    }
    case 'rewrite': {
      if (book.line.length <= step.back) return
      const lost = book.line.slice(-step.back)
      repository.git('reset', '--quiet', '--hard', book.line.at(-1 - step.back)!.sha)
      book.line = book.line.slice(0, -step.back)
      if (step.isBased) perform(repository, book, { act: 'commit' }, `${unique}-base`)
      for (const each of lost.slice(0, step.again)) {
        if (each.merged > 0 || each.reverts !== null) break
        const before = repository.git('rev-parse', 'HEAD')
        repository.gitWith({ GIT_COMMITTER_DATE: '1800000000 +0000' }, null, 'cherry-pick', each.sha)
        // Picked onto its own parent at the same time it may be the very same commit.
        if (repository.git('rev-parse', 'HEAD') === before) return
        note({ pickedFrom: each.pickedFrom })
      }
    }
  }
}

function check(repository: ScratchRepository, book: Book, found: SourceLook): void {
  const names = book.line.map((each) => each.sha)
  // The book itself agrees with git.
  expect(
    repository.git('rev-list', '--first-parent', '--reverse', 'main').split('\n').slice(-names.length),
  ).toEqual(names)
  if (book.seen === null) {
    expect(found).toMatchObject({ found: 'line', changes: [{ sha: names.at(-1) }] })
    return
  }
  if (found.found === 'empty') throw new Error('a branch with commits was found empty')
  const isStillThere = names.includes(book.seen)
  expect(found.found).toBe(isStillThere ? 'line' : 'rewritten')
  const changes = found.found === 'line' ? found.changes : found.fresh
  const from = found.found === 'line' ? book.seen : found.fork
  expect(changes.map((change) => change.sha)).toEqual(
    from === null ? names : names.slice(names.indexOf(from) + 1),
  )
  for (const change of changes) {
    const noted = book.line.find((each) => each.sha === change.sha)!
    expect(change.says.revertsCommits).toEqual(noted.reverts === null ? [] : [noted.reverts])
    expect(change.says.cherryPickedFrom).toEqual(noted.pickedFrom === null ? [] : [noted.pickedFrom])
  }
  if (found.found === 'rewritten') checkRewrite(repository, book.seen, found)
}

function checkRewrite(
  repository: ScratchRepository,
  seen: string,
  found: Extract<SourceLook, { found: 'rewritten' }>,
): void {
  expect(found.fork).toBe(repository.git('merge-base', 'main', seen))
  const lost = repository.git('rev-list', '--first-parent', seen, `^${found.fork}`).split('\n')
  const patch = (sha: string) => repository.git('diff', `${sha}^1`, sha)
  const byPatch = new Map(found.fresh.map((change) => [patch(change.sha), change.sha]))
  const expected = lost.flatMap((sha) => {
    const as = patch(sha) === '' ? undefined : byPatch.get(patch(sha))
    return as === undefined ? [] : [{ lost: sha, as }]
  })
  expect(found.carried.toSorted(byLost)).toEqual(expected.toSorted(byLost))
}

const byLost = (x: { readonly lost: string }, y: { readonly lost: string }) => (x.lost < y.lost ? -1 : 1)

test('what the source finds in any history is what happened there', async () => {
  const counted = { line: 0, rewritten: 0, carried: 0, reverts: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 6, maxLength: 14 }), async (acts) => {
      const repository = scratchRepository()
      const stateDir = scratchFolder('history')
      try {
        const source = createGitSource({ stateDir })
        const book: Book = { line: [], seen: null }
        perform(repository, book, { act: 'commit' }, 'first')
        for (const [index, step] of [...acts, { act: 'look' as const }].entries()) {
          if (step.act !== 'look') {
            perform(repository, book, step, String(index))
            continue
          }
          const signal = new AbortController().signal
          const found = await source.look({
            git: repository.folder,
            branch: 'main',
            after: book.seen,
            known: [],
            limit: 100,
            signal,
          })
          check(repository, book, found)
          book.seen = book.line.at(-1)!.sha
          if (found.found === 'line') counted.line++
          if (found.found === 'rewritten') {
            counted.rewritten++
            counted.carried += found.carried.length
          }
          counted.reverts += book.line.filter((each) => each.reverts !== null).length
        }
      } finally {
        repository.remove()
        await rm(stateDir, { recursive: true, force: true })
      }
    }),
    { seed: 20_260_101, numRuns: 30 },
  )
  // Each kind really came up.
  for (const count of Object.values(counted)) expect(count).toBeGreaterThan(5)
}, 120_000)
