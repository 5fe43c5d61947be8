// Locks over a stage of every service (behaviour 4.2), folded from the streams apart from the domain: acknowledged when
// all have them, in whatever comes later, opened as a whole.
import type { EverywhereEvent } from '../../src/domain/everywhere/state.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import type { Break } from './rules.ts'

type Said = {
  readonly id: string
  readonly stage: string
  expiresAt: number
  isAcknowledged: boolean
  isLifted: boolean
}

type Known = {
  stages: ReadonlySet<string>
  /** Where each lock stands, and those that stood and are over. */
  readonly locks: Map<string, string>
  readonly over: Set<string>
  /** Stages of the append under way that were not there before it, and when they came. */
  fresh: readonly { readonly stage: string; readonly at: number }[]
}

export interface EverywhereRules {
  onSaid(event: EverywhereEvent): void
  onService(service: string, event: ServiceEvent): void
  /** All events of one append were told. */
  onAppended(): void
  /** Locks that are being set or lifted. */
  open(): readonly string[]
  standing(): readonly { readonly id: string; readonly stage: string }[]
}

export function createEverywhereRules(broken: Break): EverywhereRules {
  const said = new Map<string, Said>()
  const services = new Map<string, Known>()

  const knownOf = (service: string): Known => {
    const known = services.get(service) ?? { stages: new Set(), locks: new Map(), over: new Set(), fresh: [] }
    services.set(service, known)
    return known
  }
  const lacksIt = ({ stages, locks, over }: Known, { id, stage }: Said): boolean =>
    stages.has(stage) && !locks.has(id) && !over.has(id)
  const holders = ({ id }: Said): readonly string[] =>
    [...services].flatMap(([service, { locks }]) => (locks.has(id) ? [service] : []))

  const acknowledged = (lock: Said): void => {
    lock.isAcknowledged = true
    for (const [service, known] of services)
      if (lacksIt(known, lock))
        broken(
          'a lock over every service is acknowledged when all have it',
          `${lock.id} is not in ${service}`,
        )
  }

  const ended = (lock: Said): void => {
    said.delete(lock.id)
    for (const service of holders(lock))
      broken('a lock over every service is over once no service has it', `${lock.id} is in ${service}`)
  }

  const configured = (
    known: Known,
    { definition, at }: Extract<ServiceEvent, { type: 'service-configured' }>,
  ): void => {
    const { stages } = definition
    known.fresh = stages.flatMap(({ stage }) => (known.stages.has(stage) ? [] : [{ stage, at }]))
    for (const { stage, renamedFrom } of stages)
      for (const [lock, where] of known.locks) if (where === renamedFrom) known.locks.set(lock, stage)
    known.stages = new Set(stages.map(({ stage }) => stage))
    // Only a stage that was retired may go, and the locks over every service that it had go with it.
    for (const [lock, where] of known.locks) if (!known.stages.has(where)) known.locks.delete(lock)
  }

  /** What comes late is born with it; one that is over by then is over there, too. */
  const isBorn = (service: string, known: Known): void => {
    for (const { stage, at } of known.fresh)
      for (const lock of said.values()) {
        if (lock.stage !== stage || lock.isLifted || !lacksIt(known, lock)) continue
        if (lock.expiresAt <= at) known.over.add(lock.id)
        else
          broken(
            'what comes while a lock over every service stands is born with it',
            `${stage} of ${service} has no ${lock.id}`,
          )
      }
    known.fresh = []
  }

  const enters = (service: string, stage: string): void => {
    for (const lock of said.values())
      if (lock.isAcknowledged && !lock.isLifted && lock.stage === stage && lacksIt(knownOf(service), lock))
        broken(
          'no entry and no step through a lock over every service',
          `${lock.id} in ${stage} of ${service}`,
        )
  }

  const onService: EverywhereRules['onService'] = (service, event) => {
    const known = knownOf(service)
    switch (event.type) {
      case 'service-configured':
        return configured(known, event)
      case 'stage-locked':
        known.locks.set(event.lock.id, event.stage)
        return
      case 'stage-unlocked': {
        const lock = said.get(event.lock)
        if (lock && !lock.isLifted && event.by.kind === 'person')
          broken('one service alone does not open a lock over every service', `${lock.id} in ${service}`)
        known.locks.delete(event.lock)
        known.over.add(event.lock)
        return
      }
      case 'rollout-started':
        return event.direction === 'forward' ? enters(service, event.stage) : undefined
      case 'step-started':
        return enters(service, event.stage)
      default:
    }
  }

  return {
    onSaid: (event) => {
      if (event.type === 'locked-everywhere') {
        const { lock, stage } = event
        const { id, expiresAt } = lock
        said.set(id, { id, stage, expiresAt, isAcknowledged: false, isLifted: false })
        return
      }
      const lock = said.get(event.type === 'everywhere-lock-edited' ? event.lock.id : event.lock)
      if (!lock) return broken('what was never said is neither changed nor lifted', event.type)
      if (event.type === 'everywhere-lock-edited') lock.expiresAt = event.lock.expiresAt
      else if (event.type === 'everywhere-lock-acknowledged') acknowledged(lock)
      else if (event.type === 'unlocked-everywhere') lock.isLifted = true
      else ended(lock)
    },
    onService,
    onAppended: () => {
      for (const [service, known] of services) if (known.fresh.length > 0) isBorn(service, known)
    },
    open: () =>
      [...said.values()].flatMap(({ id, isAcknowledged, isLifted }) =>
        isLifted || !isAcknowledged ? [`${id} is ${isLifted ? 'lifted' : 'set'} in not all services`] : [],
      ),
    standing: () => [...said.values()].filter(({ isLifted }) => !isLifted),
  }
}
