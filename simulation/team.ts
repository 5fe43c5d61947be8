// The people who push: good and bad changes, reverts, fixes, cherry-picks, and now and then a rewritten branch.
import { isOfLine } from '../src/domain/release-number.ts'
import type { Random } from './random.ts'
import { ASIDE } from './round-acts.ts'
import type { World } from './world.ts'
import type { Commit, NewCommit, Quality } from './world/git.ts'

const QUALITIES: readonly (readonly [Quality, number])[] = [
  ['good', 52],
  ['bad', 12],
  ['bad-in-production', 7],
  ['crashing', 6],
  ['never-healthy', 4],
  ['failing-check', 5],
  ['slow', 4],
  ['late', 6],
  ['does-not-build', 4],
]

export interface Team {
  /** Pushes something, and says what. */
  push(): string
}

export function createTeam(world: World, random: Random): Team {
  const { git, rules } = world
  const takings = random.fork('takings')
  let pullRequests = 100

  const add = (commit: NewCommit): string => {
    pullRequests += 1
    const made = git.push({ pullRequest: random.chance(0.6) ? pullRequests : null, ...commit })
    return `${made.sha.slice(0, 8)} ${made.change.subject}`
  }
  const rejected = (): readonly Commit[] =>
    [...rules.model.rejected].flatMap((release) => {
      const sha = rules.shaOf(release)
      return sha === undefined ? [] : [git.commit(sha)]
    })

  const answer = (target: Commit): string => {
    const { change, patch } = target
    const number = [...rules.model.shas].find(([, sha]) => sha === change.sha)?.[0]
    const subject = `answers ${change.subject}`
    switch (random.int(0, 3)) {
      case 0:
        if (change.pullRequest !== null)
          return add({ subject, reverts: [patch], says: { revertsPullRequests: [change.pullRequest] } })
        return add({ subject, reverts: [patch], says: { revertsCommits: [change.sha] } })
      case 1:
        return add({
          subject,
          mends: [patch],
          says: { fixes: [number === undefined ? change.sha : `#${number}`] },
        })
      case 2:
        return add({ subject, mends: [patch], says: { fixes: [change.sha.slice(0, 10)] } })
      default:
        return add({ subject, reverts: [patch], says: { revertsCommits: [change.sha.slice(0, 12)] } })
    }
  }

  const rewrite = (): string => {
    const line = git.history(git.head())
    if (line.length < 4) return add({ quality: 'good' })
    const forkAt = random.int(Math.max(0, line.length - 5), line.length - 2)
    const kept = line.slice(forkAt + 1).filter(() => random.chance(0.6))
    git.rewrite(line[forkAt]!.sha, kept)
    if (kept.length === 0 || random.chance(0.4)) git.push({ subject: 'after the rewrite' })
    return `rewrote the branch at ${line[forkAt]!.sha.slice(0, 8)}, keeping ${kept.length}`
  }

  const pick = (): string => {
    // What the branch lost, taken back from where it was.
    const line = new Set(git.history(git.head()).map(({ patch }) => patch))
    const lost = [...rules.model.shas.values()].map(git.commit).filter(({ patch }) => !line.has(patch))
    const source = lost.at(-1)
    if (!source) return add({ quality: drawQuality(random) })
    // A squash of what went round the line says nothing of it: it has to be known by what it does.
    const { patch, quality, reverts, mends } = source
    if (source.change.subject === ASIDE && random.chance(0.5))
      return add({ subject: 'a squash', patch, quality, reverts, mends })
    return random.chance(0.5)
      ? add({
          subject: `picks ${source.change.subject}`,
          patch: source.patch,
          quality: source.quality,
          reverts: source.reverts,
          mends: source.mends,
          says: { ...source.change.says, cherryPickedFrom: [source.sha] },
        })
      : add({
          subject: `says it contains ${source.change.subject}`,
          includes: git.history(source.sha).map(({ patch }) => patch),
          says: { contains: [source.sha.slice(0, 12)] },
        })
  }

  /** What went round the branch and is missing in it: taken as it is, without a word of where it came from. */
  const missing = (): Commit | undefined => {
    const line = new Set(git.history(git.head()).map(({ patch }) => patch))
    const made = [...rules.model.shas].filter(([release]) => !isOfLine(release))
    return made.map(([, sha]) => git.commit(sha)).findLast(({ patch }) => !line.has(patch))
  }

  const takeBack = ({ patch, quality, reverts, mends, change }: Commit): string =>
    add({ subject: `takes back ${change.subject}`, patch, quality, reverts, mends })

  return {
    push: () => {
      const lacks = missing()
      // Of a stream of its own: what other pushes do is as it was.
      if (lacks && takings.chance(0.3)) return takeBack(lacks)
      const roll = random.next()
      const wrong = rejected()
      if (wrong.length > 0 && roll < 0.45) return answer(random.pick(wrong))
      if (roll < 0.5) {
        const line = git.history(git.head())
        return answer(random.pick(line.slice(-4)))
      }
      if (roll < 0.55) return rewrite()
      if (roll < 0.6) return pick()
      return add({ quality: drawQuality(random) })
    },
  }
}

function drawQuality(random: Random): Quality {
  let left = random.int(1, 100)
  for (const [quality, weight] of QUALITIES) {
    left -= weight
    if (left <= 0) return quality
  }
  return 'good'
}
