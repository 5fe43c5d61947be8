// What somebody does who looked at the board first: acts that would hardly ever be allowed if stage and release were
// picked blindly.
import type { PersonCommand } from '../src/domain/service/command.ts'
import { runOf } from '../src/domain/service/command-run.ts'
import { lacking } from '../src/domain/service/contains.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'

type Distribute<Type> = Type extends unknown ? Omit<Type, 'at' | 'by'> : never
type Wish = Distribute<PersonCommand>

/** One of all that would be allowed now; undefined where nothing of the kind is. */
export function drawAimedAct(
  random: Random,
  state: ServiceState,
  tick: (stage: string) => number,
): Wish | undefined {
  const all = Object.values(state.stages).flatMap((stage) => wishesFor(random, state, stage, tick))
  return all.length > 0 ? random.pick(all) : undefined
}

function wishesFor(
  random: Random,
  state: ServiceState,
  stage: StageState,
  tick: (stage: string) => number,
): readonly Wish[] {
  const { stage: name, live, rollout, routes } = stage
  const wishes: Wish[] = []
  // The end of a release command is not known: somebody looks, and says what to do.
  if (runOf(stage)?.state === 'lost' && rollout) {
    const { release } = rollout
    wishes.push({ type: 'retry', release, stage: name })
    wishes.push({ type: 'accept', release, stage: name, reason: 'it had ended well', tick: tick(name) })
    return wishes
  }
  if (runOf(stage)?.state === 'running')
    wishes.push({ type: 'abort', stage: name, reason: 'not that migration', tick: tick(name) })
  // Somebody wants to see what went wrong, where only they are led to it.
  const bad = Object.values(state.releases).filter(
    ({ rejected, build }) => rejected && build.state === 'done',
  )
  if (bad.length > 0) {
    const { release } = random.pick(bad)
    wishes.push({ type: 'set-track', stage: name, track: 'experimental', release, reason: 'to look at it' })
  }
  // What runs is not in the branch, as far as anybody knows.
  if (live && lacking(state, state.head, live.release).length > 0)
    wishes.push({
      type: 'accept',
      stage: name,
      release: state.head,
      contains: live.release,
      reason: 'it is in there',
      tick: tick(name),
    })
  const newest = rollout?.release ?? live?.release
  const away = { type: 'rollback', stage: name, reason: 'not with these settings', tick: tick(name) } as const
  // Settings are new for a short while only: whoever sees it, acts.
  if (newest !== undefined && state.releases[newest]?.origin.kind === 'settings')
    wishes.push(away, away, away)
  for (const track of Object.keys(routes.tracks))
    wishes.push({ type: 'remove-track', stage: name, track, reason: 'it was tried' })
  for (const { id } of routes.rules)
    wishes.push({ type: 'edit-route', stage: name, route: id, percent: random.int(0, 100), forMs: 600_000 })
  return wishes
}
