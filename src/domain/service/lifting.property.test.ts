// Behaviour 2.7: a revert is in force unless something reverts it that is in force; against a model that keeps, for
// every commit, whether it stands, and goes through the line once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockedBy, isLifted } from './lifting.ts'
import { sha, Story, type Says } from './testing/story.ts'

type Commit = { readonly reverts: number | null; readonly fixes: number | null }

/** Each commit speaks of an older one, or of none. */
const line: fc.Arbitrary<readonly Commit[]> = fc
  .array(fc.tuple(fc.constantFrom('nothing', 'reverts', 'reverts', 'fixes'), fc.nat({ max: 9 })), {
    minLength: 2,
    maxLength: 10,
  })
  .map((words) =>
    words.map(([word, back], index): Commit => {
      const of = index - (back % Math.max(1, index))
      if (index === 0 || word === 'nothing') return { reverts: null, fixes: null }
      return word === 'reverts' ? { reverts: of, fixes: null } : { reverts: null, fixes: of }
    }),
  )

/** Commits of the first `upTo` that stand, by going from the newest back: what a standing one reverts does not. */
function standing(commits: readonly Commit[], upTo: number): readonly boolean[] {
  const stands = commits.slice(0, upTo).map(() => true)
  for (let number = upTo; number >= 1; number -= 1) {
    const { reverts } = commits[number - 1] ?? { reverts: null }
    if (stands[number - 1] && reverts !== null) stands[reverts - 1] = false
  }
  return stands
}

function liftedInModel(commits: readonly Commit[], change: number, outer: number): boolean {
  const stands = standing(commits, outer)
  return commits
    .slice(0, outer)
    .some(({ reverts, fixes }, index) => stands[index] && (reverts === change || fixes === change))
}

test('any chain of reverts and fixes lifts what the model says, in every release of the line', () => {
  fc.assert(
    fc.property(line, (commits) => {
      const says = commits.map(
        ({ reverts, fixes }): Says => ({
          revertsCommits: reverts === null ? [] : [sha(reverts)],
          fixes: fixes === null ? [] : [`#${fixes}`],
        }),
      )
      const { state } = new Story().merge(...says)
      for (let outer = 1; outer <= commits.length; outer += 1)
        for (let change = 1; change <= outer; change += 1)
          expect(isLifted(state, change, outer), `#${change} in #${outer}`).toBe(
            liftedInModel(commits, change, outer),
          )
    }),
    { seed: 27, numRuns: 300 },
  )
})

test('a rejected change blocks exactly the releases that contain it unlifted, where it does not run', () => {
  fc.assert(
    fc.property(line, fc.nat({ max: 9 }), (commits, pick) => {
      const rejected = 1 + (pick % commits.length)
      const story = new Story().merge(
        ...commits.map(
          ({ reverts, fixes }): Says => ({
            revertsCommits: reverts === null ? [] : [sha(reverts)],
            fixes: fixes === null ? [] : [`#${fixes}`],
          }),
        ),
      )
      story.person({ type: 'reject', release: rejected, reason: 'no' })
      for (let outer = 1; outer <= commits.length; outer += 1) {
        const isBlocked = outer >= rejected && !liftedInModel(commits, rejected, outer)
        expect(blockedBy(story.state, outer, 'staging')).toEqual(isBlocked ? [rejected] : [])
      }
      story.person({ type: 'unreject', release: rejected, reason: 'a mistake' })
      expect(blockedBy(story.state, commits.length, 'staging')).toEqual([])
    }),
    { seed: 28, numRuns: 150 },
  )
})
