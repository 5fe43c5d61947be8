// Everything one seed consists of: the clock, the faults, the branch, the hosts, the router, the log, and what is
// checked of them all.
import { createMemorySecrets } from '../src/adapters/secret-store/memory/memory-secrets.ts'
import { judgeByThresholds } from '../src/domain/analysis/judge-by-thresholds.ts'
import type { Environment, ReleaseNumber } from '../src/domain/names.ts'
import type { ServiceDefinition } from '../src/domain/pipeline/definition.ts'
import type { CoordinatorPorts } from '../src/coordinator/ports.ts'
import type { StoredEvent } from '../src/ports/event-log.ts'
import { EVERYWHERE_STREAM } from '../src/coordinator/everywhere.ts'
import { serviceOf } from '../src/coordinator/streams.ts'
import type { EverywhereEvent } from '../src/domain/everywhere/state.ts'
import type { ServiceEvent } from '../src/domain/service/event.ts'
import { drawDefinition, SERVICE } from './draw-definition.ts'
import { otherService } from './everywhere-acts.ts'
import { createFaults, drawFaultPlan, type FaultPlan, type Faults } from './faults.ts'
import { createRules, type Rules } from './invariants/rules.ts'
import type { Process } from './process.ts'
import { createRandom, type Random } from './random.ts'
import { drawSize, SIZES, type Size } from './size.ts'
import type { Sabotage } from './sabotage.ts'
import { createTrace, type Trace } from './trace.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'
import { createGit, inForce, type Git, type Quality } from './world/git.ts'
import {
  artifactsFor,
  createWorldBuilder,
  createWorldChecker,
  createWorldNotifier,
  createWorldSource,
  type WorldBuilder,
} from './world/world-builder.ts'
import { createWorldLog, type WorldLog } from './world/world-log.ts'
import { createWorldRouter, type Conduct, type WorldRouter } from './world/world-router.ts'
import { createWorldTasks, type WorldTasks } from './world/world-tasks.ts'
import { createWorldTarget, type WorldTarget } from './world/world-target.ts'
import { createWorldTicks, type WorldTicks } from './world/world-ticks.ts'

export type World = {
  readonly seed: string
  readonly random: Random
  readonly size: Size
  readonly clock: VirtualClock
  readonly trace: Trace
  readonly plan: FaultPlan
  readonly faults: Faults
  readonly definition: ServiceDefinition
  /** The definition of another service, where there is one: then people lock stages of both at once. */
  readonly other: ServiceDefinition | null
  readonly git: Git
  readonly log: WorldLog
  readonly ticks: WorldTicks
  readonly target: WorldTarget
  readonly router: WorldRouter
  readonly builder: WorldBuilder
  readonly tasks: WorldTasks
  readonly source: ReturnType<typeof createWorldSource>
  readonly notifier: ReturnType<typeof createWorldNotifier>
  readonly rules: Rules
  /** What is wrong with a release, everything that is in force in it included. */
  defects(release: ReleaseNumber): ReadonlySet<Quality>
  ports(process: Process, writesTicks: boolean): CoordinatorPorts
  /** Set by whoever runs the world: a process ends without a word. */
  crashes: (process: Process, when: string) => void
}

/** A Monday. */
const FIRST_DAY = Date.UTC(2026, 2, 2)
const DAY_MS = 86_400_000

export function createWorld(
  seed: string,
  options: { show?: (line: string) => void; sabotage?: Sabotage; size?: Size['name'] } = {},
): World {
  const random = createRandom(seed)
  const size = options.size ? SIZES[options.size] : drawSize(random.fork('size'))
  const plan = drawFaultPlan(random.fork('faults'))
  const definition = drawDefinition(random.fork('definition'), size)
  const start = random.fork('start')
  const clock = createVirtualClock(FIRST_DAY + start.int(0, 6) * DAY_MS + start.int(7 * 60, 11 * 60) * 60_000)
  const trace = createTrace(clock.monotonicMs, options.show)
  const faults = createFaults(plan, random.fork('fault-draws'), (name) => trace.add(`fault ${name}`))
  const git = createGit(random.fork('git'), clock.wallMs)
  const defectsOf = createDefects(git)
  const defects = (release: ReleaseNumber): ReadonlySet<Quality> => {
    const sha = rules.shaOf(release)
    return sha === undefined ? new Set() : defectsOf(sha)
  }
  const crashes = (process: Process, when: string): void => world.crashes(process, when)

  const parts = { clock, faults, random: random.fork('builder'), git, defects: defectsOf }
  const log = createWorldLog({ clock, faults, crashes, appended: (events) => told(events) })
  const ticks = createWorldTicks(faults)
  const told = (events: readonly StoredEvent[]): void => {
    for (const event of events) {
      trace.add({
        identity: `${event.stream} ${event.version} ${event.type} ${JSON.stringify(event.data)}`,
        text: () => eventText(event),
      })
      tell(event)
    }
    rules.everywhere.onAppended()
  }
  // The log's data is what coordinators put there.
  const tell = (stored: StoredEvent): void => {
    if (stored.stream === EVERYWHERE_STREAM) return rules.everywhere.onSaid(stored.data as EverywhereEvent)
    const service = serviceOf(stored.stream) ?? SERVICE
    rules.everywhere.onService(service, stored.data as ServiceEvent)
    if (service === SERVICE) rules.onEvent(stored)
  }
  const isLast = (environment: Environment): boolean =>
    rules.definition()?.stages.at(-1)?.stage === environment.stage
  const target: WorldTarget = createWorldTarget({
    clock,
    faults,
    random: random.fork('target'),
    trace: trace.add,
    changing: (environment) => router.count(environment),
    fate: (_environment, release) => {
      const wrong = defects(release)
      return wrong.has('never-healthy') ? 'never-healthy' : wrong.has('crashing') ? 'crashing' : 'well'
    },
    jobs: (environment, release) => ({
      perSecond: JOBS_PER_SECOND,
      errors: conduct(defects(release), isLast(environment), 100, LATE_AFTER_REQUESTS + 1).errors,
    }),
    stopped: (instance) => rules.onStopped(instance, router.plan(instance.environment)),
    spawned: (instance, beside) => rules.onSpawned(instance, beside),
    fenced: (what, seen, got) => rules.onStaleWrite(what, seen, got),
    ignoresFences: options.sabotage?.ignoresFences ?? false,
  })
  const rates = new Map<string, number>()
  const rateRandom = random.fork('rates')
  const router: WorldRouter = createWorldRouter({
    clock,
    faults,
    trace: trace.add,
    perSecond: (environment) => {
      const known = rates.get(environment.stage) ?? rateRandom.pick([0.02, 1, 3, 8])
      rates.set(environment.stage, known)
      const stage = rules.definition()?.stages.find((candidate) => candidate.stage === environment.stage)
      return stage?.traffic === 'none' ? 0 : known
    },
    conduct: (environment, release, weight, seen) =>
      conduct(defects(release), isLast(environment), weight, seen),
    isReady: (id) => target.instance(id)?.state === 'ready',
    shifted: (made, before) => rules.onTraffic(made, before),
    ignoresFences: options.sabotage?.ignoresFences ?? false,
  })
  const checker = createWorldChecker({ ...parts, random: random.fork('checker') })
  const source = createWorldSource(parts)
  const notifier = createWorldNotifier(parts)
  const rules = createRules({ clock, git, ticks, target })
  const builder = createWorldBuilder(parts)

  // What the operator names is there: which version goes where is what is on trial.
  const secrets: CoordinatorPorts['secrets'] = {
    ...createMemorySecrets(),
    read: async ({ name, version }) => `${name} ${version}`,
  }
  const tasks = createWorldTasks({ clock, faults, random: random.fork('tasks'), started: rules.onTask })
  const ports = (process: Process, writesTicks: boolean): CoordinatorPorts => {
    const made: CoordinatorPorts = {
      clock: {
        now: clock.wallMs,
        monotonicMs: clock.monotonicMs,
        sleep: (ms, signal) => clock.sleep(ms, signal, process.isAlive),
      },
      log: quiet,
      eventLog: log.of(process),
      ticks: ticks.of(process, writesTicks),
      source: source.of(process),
      builder: builder.of(process),
      artifacts: artifactsFor(process),
      target: target.of(process),
      router: router.of(process),
      metrics: router.metrics(process),
      checker: checker(process),
      judge: { judge: judgeByThresholds },
      tasks: tasks.of(process),
      secrets,
      notifiers: [notifier.of(process)],
    }
    return options.sabotage?.ports?.(made) ?? made
  }

  const world: World = {
    seed,
    random,
    size,
    clock,
    trace,
    plan,
    faults,
    definition,
    other: random.fork('everywhere').chance(0.25) ? otherService(definition) : null,
    git,
    log,
    ticks,
    target,
    router,
    builder,
    tasks,
    source,
    notifier,
    rules,
    defects,
    ports,
    crashes: () => {},
  }
  return world
}

function createDefects(git: Git): (sha: string) => ReadonlySet<Quality> {
  const known = new Map<string, ReadonlySet<Quality>>()
  return (sha) => {
    const found = known.get(sha) ?? new Set(inForce(git.history(sha)).faulty.map(({ quality }) => quality))
    known.set(sha, found)
    return found
  }
}

const LATE_AFTER_REQUESTS = 600
/** Of each instance of a worker that tells of them. */
const JOBS_PER_SECOND = 1

function conduct(wrong: ReadonlySet<Quality>, isLast: boolean, weight: number, seen: number): Conduct {
  const isBad =
    wrong.has('bad') ||
    (wrong.has('bad-in-production') && isLast && weight >= 25) ||
    (wrong.has('late') && seen > LATE_AFTER_REQUESTS)
  return { errors: isBad ? 0.3 : 0.002, slow: wrong.has('slow') ? 0.6 : 0.01 }
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** An event on one line, without what is the same in all of its kind. */
function eventText({ stream, version, type, data }: StoredEvent): string {
  const shown = JSON.stringify(data, (key, value: unknown) =>
    key === 'type' ||
    key === 'at' ||
    key === 'run' ||
    key === 'change' ||
    key === 'definition' ||
    key === 'instances'
      ? undefined
      : value,
  )
  const where = serviceOf(stream) === SERVICE ? '' : `${stream} `
  return `${where}${version} ${type} ${shown}`
}
