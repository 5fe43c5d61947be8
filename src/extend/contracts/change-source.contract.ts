// What every change source promises. An adapter runs it from its own test file, with a workbench that moves a branch.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChangeSource, SourceLook } from '../../ports/change-source.ts'
import { PortFailure } from '../../ports/port-failure.ts'

/** A branch that the suite can move, and the source that looks at it. */
export type ChangeSourceBench = {
  readonly source: ChangeSource
  readonly git: string
  readonly branch: string
  /** Adds a commit on top of the branch and returns its name. The same words and content make the same patch. */
  commit(message: string, content: string): Promise<string>
  /** Forces the branch back (or elsewhere) to this commit. */
  moveTo(sha: string): Promise<void>
  /** A second branch, so that the repository is not empty. */
  addBranch(branch: string): Promise<void>
  /** Waits until the claim is true, or fails. */
  until(claim: () => boolean): Promise<void>
  close(): Promise<void>
}

export function changeSourceContract(name: string, makeBench: () => Promise<ChangeSourceBench>): void {
  describe(`${name} keeps the promises of a change source`, () => {
    let bench: ChangeSourceBench
    beforeEach(async () => {
      bench = await makeBench()
    })
    afterEach(() => bench.close())

    const look = (after: string | null, more: { known?: readonly string[]; limit?: number } = {}) =>
      bench.source.look({
        git: bench.git,
        branch: bench.branch,
        after,
        known: more.known ?? [],
        limit: more.limit ?? 100,
        signal: new AbortController().signal,
      })

    test('a repository without a commit is empty', async () => {
      expect(await look(null)).toEqual({ found: 'empty' })
    })

    test('first sight returns the head alone', async () => {
      await bench.commit('one', '1')
      const two = await bench.commit('two', '2')
      const found = await look(null)
      expect(names(found)).toEqual([two])
      expect(found).toMatchObject({ found: 'line', changes: [{ subject: 'two' }] })
    })

    test('what is new comes oldest first, and nothing is new twice', async () => {
      const one = await bench.commit('one', '1')
      const two = await bench.commit('two', '2')
      const three = await bench.commit('three', '3')
      expect(names(await look(one))).toEqual([two, three])
      expect(names(await look(one))).toEqual([two, three])
      expect(names(await look(three))).toEqual([])
    })

    test('a look brings at most as many as asked, the oldest, and the next look brings the rest', async () => {
      const made = []
      for (const word of ['a', 'b', 'c', 'd', 'e']) made.push(await bench.commit(word, word))
      expect(names(await look(made[0]!, { limit: 3 }))).toEqual(made.slice(1, 4))
      expect(names(await look(made[3]!, { limit: 3 }))).toEqual(made.slice(4))
    })

    test('a rewritten branch tells the fork, what is new, and what came back under another name', async () => {
      const base = await bench.commit('base', 'base')
      const lost = await bench.commit('feature', 'feature')
      const gone = await bench.commit('gone for good', 'gone')
      // A source that copies can only speak of what it saw.
      await look(base)
      await bench.moveTo(base)
      const between = await bench.commit('between', 'between')
      const again = await bench.commit('feature', 'feature')
      const found = await look(gone, { known: [gone, lost, base] })
      expect(found).toMatchObject({ found: 'rewritten', fork: base, carried: [{ lost, as: again }] })
      expect(names(found)).toEqual([between, again])
    })

    test('a branch moved back is rewritten, with nothing new', async () => {
      const base = await bench.commit('base', 'base')
      const lost = await bench.commit('lost', 'lost')
      await bench.moveTo(base)
      expect(await look(lost, { known: [lost, base] })).toEqual({
        found: 'rewritten',
        fork: base,
        fresh: [],
        carried: [],
      })
    })

    test('a commit nobody has any more is a rewrite, and the fork is the newest that we know', async () => {
      const base = await bench.commit('base', 'base')
      const next = await bench.commit('next', 'next')
      const vanished = 'dead'.repeat(10)
      const found = await look(vanished, { known: [vanished, base] })
      expect(found).toMatchObject({ found: 'rewritten', fork: base })
      expect(names(found)).toEqual([next])
    })

    test('a branch that is not there is refused with the branches there are', async () => {
      await bench.addBranch('trunk')
      const failure = await look(null).then(
        () => null,
        (error: unknown) => error,
      )
      expect(failure).toBeInstanceOf(PortFailure)
      expect(failure).toMatchObject({ code: 'source/no-branch', again: 'never' })
      expect(String(failure)).toContain('trunk')
    })

    test('a look that ran out of time may be tried again', async () => {
      await bench.commit('one', '1')
      const failure = await bench.source
        .look({
          git: bench.git,
          branch: bench.branch,
          after: null,
          known: [],
          limit: 1,
          signal: AbortSignal.abort(),
        })
        .catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'source/gave-up', again: 'retry' })
    })

    test('commits are kept under refs of our own, as often as one likes, and nowhere else', async () => {
      const one = await bench.commit('one', '1')
      await look(null)
      const refs = new Map([['refs/sluice/shop/1', one]])
      await bench.source.keep({ git: bench.git, refs })
      await bench.source.keep({ git: bench.git, refs })
      const elsewhere = new Map([['refs/heads/main', one]])
      await expect(bench.source.keep({ git: bench.git, refs: elsewhere })).rejects.toMatchObject({
        code: 'source/bad-ref',
      })
    })

    test('a commit is found by its name, whole or short, and one that is not there is refused', async () => {
      const one = await bench.commit('one', '1')
      await look(null)
      const find = (commit: string) =>
        bench.source.find({
          git: bench.git,
          branch: bench.branch,
          commit,
          signal: new AbortController().signal,
        })
      expect(await find(one)).toMatchObject({ sha: one, subject: 'one' })
      await expect(find('dead'.repeat(10))).rejects.toMatchObject({ code: 'source/no-commit' })
    })

    test('a commit taken onto an older one keeps its words, under a name that is always the same', async () => {
      const base = await bench.commit('base', 'base')
      await look(null)
      await bench.commit('between', 'between')
      const wanted = await bench.commit('wanted', 'wanted')
      await look(base)
      const pick = () =>
        bench.source.pick({
          git: bench.git,
          branch: bench.branch,
          onto: base,
          commits: [wanted],
          signal: new AbortController().signal,
        })
      const made = await pick()
      expect(made).toMatchObject({ picked: 'made', change: { subject: 'wanted' } })
      expect(await pick()).toEqual(made)
      expect(made.picked === 'made' && made.change.sha).not.toBe(wanted)
    })

    test('what the branch has as an ancestor is held by the first commit that has it', async () => {
      const base = await bench.commit('base', 'base')
      const one = await bench.commit('one', '1')
      const two = await bench.commit('two', '2')
      await look(base)
      const heldBy = (line: readonly string[]) =>
        bench.source.heldBy({
          git: bench.git,
          branch: bench.branch,
          commit: 'dead'.repeat(10),
          origins: [one],
          line,
          signal: new AbortController().signal,
        })
      expect(await heldBy([base, one, two])).toEqual({ by: one, how: 'ancestry' })
      expect(await heldBy([base])).toBeUndefined()
    })

    test('a watcher is told of a commit, and of none after it left', async () => {
      await bench.commit('one', '1')
      let hints = 0
      const leave = bench.source.watch({ git: bench.git, branch: bench.branch }, () => hints++)
      try {
        // The first hint says that the watch stands.
        await bench.until(() => hints > 0)
        const before = hints
        await bench.commit('two', '2')
        await bench.until(() => hints > before)
      } finally {
        leave()
      }
      const atEnd = hints
      await bench.commit('three', '3')
      expect(hints).toBe(atEnd)
    })
  })
}

function names(found: SourceLook): readonly string[] {
  switch (found.found) {
    case 'line':
      return found.changes.map((change) => change.sha)
    case 'rewritten':
      return found.fresh.map((change) => change.sha)
    case 'empty':
      return []
  }
}
