// What the event log says, in its own order.
import type { Claim, Evidence } from './claim.ts'
import { firstOutOfOrder, type Pattern, sayPattern, sharesOf } from './event-pattern.ts'

/** What may happen while nothing moves: instances kept warm go, a watch ends. */
const CALM: ReadonlySet<string> = new Set([
  'fleet-changed',
  'traffic-shifted',
  'watch-survived',
  'own-served',
])

export function eventClaims(evidence: Evidence): readonly Claim[] {
  return orders.map(({ claim, patterns }) => inOrder(evidence, claim, patterns))
}

/** After the last act of the story. */
export function restClaims(evidence: Evidence): readonly Claim[] {
  return [nothingMoves(evidence), whyNamesRetry(evidence)]
}

const live = (release: number, stage: string): Pattern => ({ type: 'rollout-completed', release, stage })
const enters = (release: number, stage: string): Pattern => ({
  type: 'rollout-started',
  release,
  stage,
  with: { direction: 'forward' },
})
const back = (release: number, stage: string, by: 'person' | 'machine'): Pattern => ({
  type: 'rollout-started',
  release,
  stage,
  by,
  with: { direction: 'back' },
})
const allTheWay = (release: number): readonly Pattern[] => [
  { type: 'change-merged', release },
  { type: 'build-succeeded', release },
  live(release, 'staging'),
  enters(release, 'production'),
  live(release, 'production'),
]
const cleared = (release: number): Pattern => ({
  type: 'changes-cleared',
  stage: 'staging',
  with: { changes: [release], how: 'proven' },
})

const orders: readonly { readonly claim: string; readonly patterns: readonly Pattern[] }[] = [
  ...[1, 2, 3].map((release) => ({
    claim: `#${release} went all the way: built, staging, production`,
    patterns: allTheWay(release),
  })),
  {
    claim: '#4 was stopped while it baked in staging, rejected, and staging went back to #3',
    patterns: [
      live(4, 'staging'),
      { type: 'verdict-against', release: 4, stage: 'staging', with: { during: 'bake' } },
      { type: 'change-rejected', release: 4, by: 'machine' },
      back(3, 'staging', 'machine'),
      live(3, 'staging'),
    ],
  },
  {
    claim: '#5, the revert of #4, lifted the block and went all the way',
    patterns: [{ type: 'change-rejected', release: 4 }, ...allTheWay(5)],
  },
  {
    claim: '#6 passed its bake in staging and was stopped at the one box in production, by a verdict',
    patterns: [
      live(6, 'staging'),
      cleared(6),
      enters(6, 'production'),
      { type: 'step-started', release: 6, stage: 'production', with: { step: 0 } },
      { type: 'verdict-against', release: 6, stage: 'production', with: { during: 'rollout' } },
      { type: 'change-rejected', release: 6, by: 'machine' },
      back(5, 'production', 'machine'),
      live(5, 'production'),
    ],
  },
  {
    claim: '#7, which says that it fixes #6, went all the way',
    patterns: [{ type: 'change-rejected', release: 6 }, ...allTheWay(7)],
  },
  {
    claim: '#8 baked in staging behind the lock, and entered production only after the unlock',
    patterns: [
      { type: 'stage-locked', stage: 'production', by: 'person' },
      live(8, 'staging'),
      cleared(8),
      { type: 'stage-unlocked', stage: 'production', by: 'person' },
      enters(8, 'production'),
      live(8, 'production'),
    ],
  },
  {
    claim:
      'a person rolled production back to #7 after #8 had all of it; that pinned, until a person unpinned',
    patterns: [
      live(8, 'production'),
      back(7, 'production', 'person'),
      { type: 'stage-pinned', stage: 'production', by: 'person' },
      live(7, 'production'),
      { type: 'stage-unpinned', stage: 'production', by: 'person' },
    ],
  },
]

function inOrder({ events }: Evidence, claim: string, patterns: readonly Pattern[]): Claim {
  const missing = firstOutOfOrder(events, patterns)
  return { claim, broken: missing && `the event log does not have, in its turn: ${sayPattern(missing)}` }
}

function nothingMoves({ events }: Evidence): Claim {
  const claim = 'after the unpin nothing moves'
  const at = events.findLastIndex(({ type }) => type === 'stage-unpinned')
  if (at < 0) return { claim, broken: 'it was never unpinned' }
  const loud = events
    .slice(at + 1)
    .find(
      (row) =>
        !CALM.has(row.type) ||
        (row.type === 'traffic-shifted' &&
          JSON.stringify([...sharesOf(row)]) !== JSON.stringify([[row.stage === 'staging' ? 8 : 7, 100]])),
    )
  return { claim, broken: loud && `the event log goes on: ${loud.text}` }
}

function whyNamesRetry({ why8 }: Evidence): Claim {
  return {
    claim: '`why 8` says what would bring it: a retry',
    broken: why8.some((text) => text.includes("retry '#8'"))
      ? undefined
      : `it says: ${why8.join('; ') || 'nothing'}`,
  }
}
