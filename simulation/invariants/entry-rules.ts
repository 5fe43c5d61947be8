// Gates, containment and rejection: what may enter a stage, and take a further step in it.
import type { WindowDefinition } from '../../src/domain/pipeline/definition.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { definitionOf, stageOf } from './model.ts'
import type { Known } from './rules.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Nothing enters and nothing steps on through a gate whose closing precedes it in the stream. */
export function checkGates({ model, broken }: Known, event: ServiceEvent): void {
  const enters = event.type === 'rollout-started' && event.direction === 'forward'
  if (!enters && event.type !== 'step-started') return
  const stage = stageOf(model, event.stage)
  const what = `#${event.release} ${enters ? 'entered' : 'took a step in'} ${event.stage}`
  const lane = enters ? (event.lane ?? null) : (stage.rollout?.lane ?? null)
  const isRound = lane === 'hotfix' || lane === 'emergency'
  const named = isRound && stage.named?.release === event.release ? stage.named : undefined
  const unnamed = [...stage.locks].filter((lock) => !named?.locks.includes(lock))
  if (unnamed.length > 0)
    broken('no entry and no step through a lock', `${what} while ${unnamed.join(', ')} stood`)
  if (isRound) {
    if (!named) broken('only what a person sent goes round the queue', what)
    return
  }
  const isSetSince = model.settings.has(event.release) && stage.settingsChanged > stage.settingsAtPin
  if (stage.pin && !isSetSince) broken('no entry and no step into a pinned stage', what)
  if (model.isRewritten) broken('no entry and no step before a rewritten history is accepted', what)
  const window = definitionOf(model, event.stage)?.window
  const isFirst = stage.live === null && stage.wasLive.length === 0
  if (window && !isFirst && !isOpen(window, event.at))
    broken('no entry and no step outside the window', `${what} at ${new Date(event.at).toISOString()}`)
}

/** The simulation's windows are all in UTC. */
export function isOpen(window: WindowDefinition, at: number): boolean {
  const day = new Date(at)
  const minute = (at - Math.floor(at / DAY_MS) * DAY_MS) / MINUTE_MS
  return (
    window.days.includes(day.getUTCDay() === 0 ? 7 : day.getUTCDay()) &&
    !window.closedOn.includes(day.toISOString().slice(0, 10)) &&
    minute >= window.fromMinute &&
    minute < window.toMinute
  )
}

/** Order, containment and rejection at an entry (behaviour 1.5, 1.7, 2.7). */
export function checkEntry(known: Known, event: ServiceEvent): void {
  if (event.type !== 'rollout-started' || event.direction !== 'forward') return
  const { model, broken, contents, patchOf } = known
  const stage = stageOf(model, event.stage)
  if (stage.entered.has(event.release) && event.lane === undefined)
    broken('a release enters a stage by itself once', `#${event.release} into ${event.stage}`)
  const own = contents(event.release)
  const running = stage.live === null ? new Set<string>() : contents(stage.live)
  if (stage.live !== null)
    for (const [release] of model.shas) {
      const patch = patchOf(release)
      if (patch !== undefined && running.has(patch) && !own.has(patch))
        broken(
          'an entry contains every change that the stage runs',
          `#${event.release} into ${event.stage} lacks #${release}, which #${stage.live} contains`,
        )
    }
  const lifted = known.lifted(event.release)
  for (const rejected of model.rejected) {
    const patch = patchOf(rejected)
    if (event.lane === 'emergency' && stage.named?.rejected.includes(rejected)) continue
    if (patch !== undefined && own.has(patch) && !running.has(patch) && !lifted.has(patch))
      broken(
        'a rejected change enters no stage that does not run it',
        `#${event.release} carries #${rejected} into ${event.stage}`,
      )
  }
}
