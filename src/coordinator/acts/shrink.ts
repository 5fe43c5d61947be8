import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import { call, lookUntil, type Deed } from './deed.ts'
import { addresses, wishOf } from './scale.ts'

/** The router sends nothing new there any more: what is under way may end, then the instances go. */
export async function shrink(
  intent: Extract<Intent, { do: 'shrink' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const { router, target, clock } = deed.ports
  const { stage, fleet } = intent
  const environment = { service: deed.service, stage }
  const definition = deed.state.definition?.stages.find((candidate) => candidate.stage === stage)
  const wish = wishOf(deed, stage, fleet)
  if (!wish || !definition) return undefined
  // Processes without a port have nothing to drain: they take no further work from here on. Landing late, after the
  // instances were stopped, or tried once more by then, it must start none.
  if (wish.workers !== undefined && fleet.count === 0)
    await call(deed, deed.fence, (bounded) =>
      target.scale({ ...wish, keepsCount: true, workers: {} }, bounded),
    )
  // Part of a fleet that goes on serving is told apart by the router per instance, not here: the whole time is waited.
  // Measured from here, and not from the time of the shift: a clock that is set would cut requests off, or let none end.
  const endsMs = clock.monotonicMs() + definition.drainMs
  const drained = await lookUntil(deed, async () => {
    if (definition.portless) return 'empty' as const
    if (clock.monotonicMs() >= endsMs) return 'time is up' as const
    const under = await router.inFlight(environment, fleet.release)
    return under.requests + under.streams === 0 ? ('empty' as const) : undefined
  })
  if (drained === undefined) return undefined
  if (drained === 'time is up' && fleet.count === 0) await router.cut(environment, fleet.release)
  await call(deed, deed.fence, (bounded) => target.scale(wish, bounded))
  return lookUntil<ServiceCommand>(deed, async () => {
    const look = (await target.look(environment)).find((candidate) => candidate.release === fleet.release)
    // What is still stopping still runs, and may hold what its successor needs.
    const workers = Object.values(wish.workers ?? {}).reduce((sum, count) => sum + count, 0)
    if ((look?.instances.length ?? 0) > fleet.count + workers) return undefined
    const named = deed.state.stages[stage]?.fleets[fleet.release]?.instances ?? []
    return {
      type: 'report-fleet',
      stage,
      release: fleet.release,
      count: fleet.count,
      ...(fleet.workers === undefined ? {} : { workers: fleet.workers }),
      askedAt: deed.fence,
      instances: look ? addresses(look, fleet.count, named) : [],
      at: clock.now(),
      by: machine('target'),
    }
  })
}
