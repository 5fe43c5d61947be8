// Each of these breaks one promise from outside, by wrapping what the coordinator is given. A simulation that does not
// notice is worth nothing.
import { streamOf } from '../src/coordinator/streams.ts'
import { SERVICE } from './draw-definition.ts'
import type { CoordinatorPorts } from '../src/coordinator/ports.ts'
import type { ServiceEvent } from '../src/domain/service/event.ts'
import type { FleetWish } from '../src/ports/deployment-target.ts'
import type { StoredEvent } from '../src/ports/event-log.ts'
import type { Sabotage } from './sabotage.ts'

export type NamedSabotage = {
  readonly name: string
  readonly sabotage: Sabotage
  readonly rules: readonly string[]
}

export const SABOTAGES: readonly NamedSabotage[] = [
  {
    name: 'hosts and routers ignore fences',
    sabotage: { ignoresFences: true },
    rules: ['fences never go backwards', 'no plan gives way to an older one'],
  },
  {
    name: 'a restarted coordinator does not know of locks',
    sabotage: { ports: withoutLocks },
    rules: ['no entry and no step through a lock', 'replay from zero is the running state'],
  },
  {
    name: 'the judge never says anything',
    sabotage: { ports: (ports) => ({ ...ports, judge: { judge: () => ({ verdict: 'none' }) } }) },
    rules: ['what is bad and was seen does not serve everybody'],
  },
  {
    name: 'ticks are never synced',
    sabotage: { ports: (ports) => ({ ...ports, ticks: { ...ports.ticks, sync: async () => {} } }) },
    rules: ['a verdict rests on synced ticks only'],
  },
  {
    name: 'recorded ticks cover less time than was counted',
    sabotage: { ports: shortTicks },
    rules: ['nothing is proven before its watched time is over', 'no step passes before it has soaked'],
  },
  {
    name: 'plans are acknowledged and not put in force',
    sabotage: { ports: (ports) => ({ ...ports, router: { ...ports.router, apply: async () => {} } }) },
    rules: ['what the log says of a plan is what the router was given'],
  },
  {
    name: 'a rewritten branch is not noticed',
    sabotage: { ports: blindToRewrites },
    rules: ['an entry contains every change that the stage runs'],
  },
  {
    name: 'acts of people are acknowledged and not kept',
    sabotage: { ports: forgetfulOfPeople },
    rules: ['an acknowledged act is in the log for ever', 'replay from zero is the running state'],
  },
  {
    name: 'hosts show nothing',
    sabotage: { ports: (ports) => ({ ...ports, target: { ...ports.target, look: async () => [] } }) },
    rules: ['once nothing goes wrong any more, everything comes to rest within 360 minutes'],
  },
  {
    name: 'what is configured is not born with the locks over every service',
    sabotage: { ports: bornOpen },
    rules: ['what comes while a lock over every service stands is born with it'],
  },
  {
    name: 'one service hears of no lock over every service',
    sabotage: { ports: deafToEverywhere },
    rules: ['a lock over every service is acknowledged when all have it'],
  },
  {
    name: 'a candidate has its workers from the first moment on',
    sabotage: { ports: (ports) => withWorkersFor('candidate', ports) },
    rules: ['a process without a port starts only once the step of its release was taken'],
  },
  {
    name: 'what is kept warm keeps its workers',
    sabotage: { ports: (ports) => withWorkersFor('warm', ports) },
    rules: [
      'what serves no longer takes no work',
      'once nothing goes wrong any more, everything comes to rest within 360 minutes',
    ],
  },
  {
    name: 'spans are measured by the clock on the wall',
    sabotage: {
      ports: (ports) => ({ ...ports, clock: { ...ports.clock, monotonicMs: ports.clock.now } }),
    },
    rules: ['a bake ends in bounded time, whatever the clock on the wall does'],
  },
]

function withoutLocks(ports: CoordinatorPorts): CoordinatorPorts {
  const { eventLog } = ports
  const blind = (stored: StoredEvent): StoredEvent => {
    if (stored.type !== 'stage-locked') return stored
    const { stage, at, by } = stored.data as Extract<ServiceEvent, { type: 'stage-locked' }>
    return { ...stored, data: { type: 'hold-ended', stage, at, by } }
  }
  return {
    ...ports,
    eventLog: {
      ...eventLog,
      readStream: async (...request) => (await eventLog.readStream(...request)).map(blind),
      snapshots: async () => [],
    },
  }
}

function isEverywhereLock(data: unknown): boolean {
  const event = data as ServiceEvent
  return event.type === 'stage-locked' && event.lock.everywhere === true
}

function bornOpen(ports: CoordinatorPorts): CoordinatorPorts {
  const { eventLog } = ports
  return {
    ...ports,
    eventLog: {
      ...eventLog,
      append: (stream, version, events, where) =>
        eventLog.append(
          stream,
          version,
          events.filter(({ data }, at) => at === 0 || !isEverywhereLock(data)),
          where,
        ),
    },
  }
}

function deafToEverywhere(ports: CoordinatorPorts): CoordinatorPorts {
  const { eventLog } = ports
  return {
    ...ports,
    eventLog: {
      ...eventLog,
      append: async (stream, version, events, where) =>
        stream === streamOf(SERVICE) && events.some(({ data }) => isEverywhereLock(data))
          ? { appended: true, version: version + events.length, position: version }
          : eventLog.append(stream, version, events, where),
    },
  }
}

function withWorkersFor(role: FleetWish['role'], ports: CoordinatorPorts): CoordinatorPorts {
  const { target } = ports
  const workersOf = ({ run }: FleetWish): FleetWish['workers'] =>
    Object.fromEntries((run.workers ?? []).map(({ process }) => [process, 1]))
  return {
    ...ports,
    target: {
      ...target,
      scale: (wish, call) =>
        target.scale(
          wish.role === role && wish.count > 0 && !wish.keepsCount
            ? { ...wish, workers: workersOf(wish) }
            : wish,
          call,
        ),
    },
  }
}

function shortTicks(ports: CoordinatorPorts): CoordinatorPorts {
  const { ticks } = ports
  return {
    ...ports,
    ticks: {
      ...ticks,
      append: (environment, tick) => ticks.append(environment, { ...tick, spanMs: tick.spanMs / 2 }),
    },
  }
}

function blindToRewrites(ports: CoordinatorPorts): CoordinatorPorts {
  const { source } = ports
  return {
    ...ports,
    source: {
      ...source,
      look: async (request) => {
        const look = await source.look(request)
        return look.found === 'rewritten' ? { found: 'line', changes: look.fresh } : look
      },
    },
  }
}

function forgetfulOfPeople(ports: CoordinatorPorts): CoordinatorPorts {
  const { eventLog } = ports
  return {
    ...ports,
    eventLog: {
      ...eventLog,
      append: async (stream, expectedVersion, events) => {
        const isPersons = events.some(({ data }) => (data as ServiceEvent).by.kind === 'person')
        if (!isPersons) return eventLog.append(stream, expectedVersion, events)
        return { appended: true, version: expectedVersion + events.length, position: expectedVersion }
      },
    },
  }
}
