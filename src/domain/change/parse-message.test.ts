import { describe, expect, test } from 'vitest'
import { mergedFacts } from './merged-facts.ts'
import { parseMessage } from './parse-message.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const nothing = {
  revertsCommits: [],
  revertsPullRequests: [],
  fixes: [],
  contains: [],
  cherryPickedFrom: [],
}

describe('a message says', () => {
  test.each<[string, string, Partial<typeof nothing> | Record<string, unknown>]>([
    ['a plain revert', `Revert "x"\n\nThis reverts commit ${a}.\n`, { revertsCommits: [a] }],
    [
      'a revert with a reason',
      `Revert "x"\n\nThis reverts commit ${a}, because it broke.`,
      { revertsCommits: [a] },
    ],
    [
      'the revert of a merge',
      `Revert "Merge branch 'x'"\n\nThis reverts commit ${a}, reversing\nchanges made to ${b}.\n`,
      { revertsCommits: [a] },
    ],
    [
      'a revert by reference',
      `Revert "x"\n\nThis reverts commit ${a.slice(0, 9)} (x, 2026-01-02).`,
      { revertsCommits: [a.slice(0, 9)] },
    ],
    ['a wrapped revert', `Revert "x"\n\nThis reverts commit\n${a}.`, { revertsCommits: [a] }],
    ['a revert of a revert', `Revert "Revert "x""\n\nThis reverts commit ${b}.`, { revertsCommits: [b] }],
    ['a reapply', `Reapply "x"\n\nThis reverts commit ${b}.`, { revertsCommits: [b] }],
    ['Windows line ends', `Revert "x"\r\n\r\nThis reverts commit ${a}.\r\n`, { revertsCommits: [a] }],
    [
      'a squash of a revert and its reapply',
      `Try (#9)\n\n* Revert "x"\n\nThis reverts commit ${a}.\n\n* Reapply "x"\n\nThis reverts commit ${b}.`,
      {},
    ],
    [
      'a squash of a revert, its revert, and a revert once more',
      `Try\n\n* Revert "x"\n\nThis reverts commit ${a}.\n\n* Revert "Revert "x""\n\nThis reverts commit ${b}.\n\n* Revert "x"\n\nThis reverts commit ${a}.`,
      { revertsCommits: [a] },
    ],
    [
      'a squash of two reverts',
      `Two\n\n* Revert "x"\n\nThis reverts commit ${a}.\n\n* Revert "y"\n\nThis reverts commit ${b}.`,
      { revertsCommits: [a, b] },
    ],
    [
      'GitHub’s revert of a pull request',
      'Revert "x" (#13)\n\nReverts acme/shop.js#12',
      { revertsPullRequests: [12] },
    ],
    [
      'GitLab’s revert of a merge request',
      'Revert "x"\n\nThis reverts merge request !12',
      { revertsPullRequests: [12] },
    ],
    [
      'fixes, in several lines and with commas',
      `Fix\n\nSluice-Fixes: #6, ${a}\nsluice-fixes: ABCDEF1 #5+1\n`,
      { fixes: ['#6', a, 'abcdef1', '#5+1'] },
    ],
    ['a folded trailer', `Fix\n\nSluice-Fixes: #6,\n  #7\n#8`, { fixes: ['#6', '#7'] }],
    ['what it contains', 'Merge\n\nSluice-Contains: #7+1', { contains: ['#7+1'] }],
    ['where it was picked from', `x\n\n(cherry picked from commit ${a})\n`, { cherryPickedFrom: [a] }],
    ['no bare fixes', 'Fixes #12\n\nfixes #12, closes #13\nFixes: #4', {}],
    ['no number without its sign, no short word', 'x\n\nSluice-Fixes: 6, abc123, tomorrow', {}],
    ['no quoted line', `x\n\n> This reverts commit ${a}.\n    Sluice-Fixes: #6`, {}],
    ['no mention in passing', `x\n\nUnlike abc: see how This reverts commit ${a} went.\nReverts #12`, {}],
    ['nothing', '', {}],
  ])('%s', (_, message, says) => {
    expect(parseMessage(message).says).toEqual({ ...nothing, ...says })
  })

  test.each([
    ['Merge pull request #12 from anna/fix\n\nFix', 12],
    ['Fix the till (#12)', 12],
    ['Revert "Fix the till (#12)" (#13)', 13],
    ['Revert "Fix the till (#12)"', null],
    ["Merge branch 'fix' into 'main'\n\nFix\n\nSee merge request acme/web/shop!12", 12],
    ['Fix the till, see (#12) for more', null],
    ['Fix\n\n(#12)', null],
  ])('the pull request of %j is %j', (message, number) => {
    expect(parseMessage(message).pullRequest).toBe(number)
  })

  test('its co-authors, each once', () => {
    const message =
      'x\n\nCo-authored-by: Bea B <bea@example.com>\nco-authored-by: B <BEA@example.com>\nCo-Authored-By: <c@example.com>'
    expect(parseMessage(message).coAuthors).toEqual([
      { name: 'Bea B', email: 'bea@example.com' },
      { name: '', email: 'c@example.com' },
    ])
  })

  test('its subject on one line', () => {
    expect(parseMessage('\n  A long\nsubject \n\nbody').subject).toBe('A long subject')
  })
})

describe('a merge says', () => {
  const facts = (says: Partial<typeof nothing> | Record<string, readonly string[]>) => ({
    ...nothing,
    ...says,
  })
  const c = 'c'.repeat(40)
  const d = 'd'.repeat(40)

  test('what its commits say', () => {
    const merged = [{ sha: c, says: facts({ revertsCommits: [a] }) }]
    expect(mergedFacts(facts({ fixes: ['#6'] }), merged)).toEqual(
      facts({ revertsCommits: [a], fixes: ['#6'] }),
    )
  })

  test('nothing of a commit that it takes back itself, also when it is named shortly', () => {
    const merged = [
      { sha: d, says: facts({ revertsCommits: [c.slice(0, 8)] }) },
      { sha: c, says: facts({ revertsCommits: [a], fixes: ['#6'], cherryPickedFrom: [b] }) },
    ]
    expect(mergedFacts(nothing, merged)).toEqual(nothing)
  })

  test('what a commit says that was taken back and brought again', () => {
    const merged = [
      { sha: 'e'.repeat(40), says: facts({ revertsCommits: [d] }) },
      { sha: d, says: facts({ revertsCommits: [c] }) },
      { sha: c, says: facts({ revertsCommits: [a] }) },
    ]
    expect(mergedFacts(nothing, merged)).toEqual(facts({ revertsCommits: [a] }))
  })
})
