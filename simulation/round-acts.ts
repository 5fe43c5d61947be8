// Hotfixes and emergencies that an operator calls: changes of the line, or commits of a branch that the team may take
// back later. What is called is not always allowed.
import type { RoundWhat } from '../src/domain/service/command.ts'
import type { PersonCommand } from '../src/domain/service/command.ts'
import { blockedBy } from '../src/domain/service/lifting.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'
import type { Git } from './world/git.ts'

type Distribute<Type> = Type extends unknown ? Omit<Type, 'at' | 'by'> : never
type RoundWish = Extract<Distribute<PersonCommand>, { type: 'hotfix' | 'emergency' }>

export function drawRoundAct(
  random: Random,
  state: ServiceState,
  stage: StageState,
  git: Git,
  tick: number,
): RoundWish | undefined {
  const live = stage.live?.release
  const keeps = stage.rollout && random.chance(0.2) ? stage.rollout.release : undefined
  const base = keeps ?? live
  const newest = random.int(Math.max(1, state.head - 3), state.head)
  const what =
    random.chance(0.35) || base === undefined ? { release: newest } : picked(random, state, git, base, newest)
  if (!what) return undefined
  const locks = random.chance(0.7) ? stage.locks.map(({ id }) => id) : []
  const called = { stage: stage.stage, what, keeps, locks, reason: 'customers call', tick }
  if (random.chance(0.6)) return { type: 'hotfix', ...called }
  const release = 'release' in what ? what.release : state.head
  const rejected = random.chance(0.6) ? blockedBy(state, release, stage.stage) : []
  return { type: 'emergency', rejected, ...called }
}

function picked(
  random: Random,
  state: ServiceState,
  git: Git,
  base: number,
  newest: number,
): RoundWhat | undefined {
  const onto = state.releases[base]?.change.sha
  const known = state.releases[newest]?.change.sha
  if (onto === undefined || known === undefined) return undefined
  const ofLine = random.chance(0.5)
  const quality = random.pick(['good', 'good', 'good', 'bad', 'crashing', 'failing-check'] as const)
  const sha = ofLine ? known : git.aside(onto, { quality, subject: 'a fix on a branch' }).sha
  const answer = git.pick(onto, [sha])
  if (answer.picked !== 'made') return undefined
  return { onto: base, picked: [{ sha, release: ofLine ? newest : null }], change: answer.change }
}
