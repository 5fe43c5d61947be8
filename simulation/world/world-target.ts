// The hosts of the world. Instances become ready, late or never, crash and come back; a wish outlives whoever made it.
import { environmentKey, type Environment, type ReleaseNumber } from '../../src/domain/names.ts'
import type { RunRecipe, WorkerHealth } from '../../src/domain/pipeline/definition.ts'
import type { Call } from '../../src/ports/call.ts'
import type {
  DeploymentTarget,
  FleetLook,
  FleetWish,
  InstanceLook,
} from '../../src/ports/deployment-target.ts'
import { staleFence } from '../../src/ports/port-failure.ts'
import type { Faults } from '../faults.ts'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { hangUntilAborted, trouble } from './aborted.ts'

export type Instance = {
  readonly id: string
  readonly environment: Environment
  readonly release: ReleaseNumber
  /** Which of the other processes it runs; undefined for the one that the recipe describes. */
  readonly process: string | undefined
  /** 0 where nobody can call it. */
  readonly port: number
  /** Jobs that it tells of in its output; undefined where it tells of none. */
  readonly jobs: { done: number; failed: number; countedAtMs: number } | undefined
  state: InstanceLook['state']
  startedAt: number
  restarts: number
  wasReady: boolean
  /** Grows with each start or stop, so that what was planned for an earlier life is dropped. */
  life: number
}

type Fleet = {
  readonly release: ReleaseNumber
  readonly run: RunRecipe
  wanted: number
  waitMs: number
  instances: Instance[]
}
type Site = { readonly environment: Environment; fence: number; readonly fleets: Map<ReleaseNumber, Fleet> }

export interface WorldTarget {
  of(process: Process): DeploymentTarget
  instance(id: string): Instance | undefined
  /** Instances that run or try to, by release, without the other processes. */
  counts(environment: Environment): readonly { readonly release: ReleaseNumber; readonly count: number }[]
  /** Everything that runs or tries to. */
  running(environment: Environment): readonly Instance[]
  /** Everything stops and starts again. */
  reboot(): void
  /** One instance somewhere ends and is started again. */
  oneDies(): void
  /** One instance somewhere is given up and started anew, under another name and port. */
  oneIsReplaced(): void
  /** Everything in one environment is unwell for a while, whatever it runs. */
  trouble(forMs: number): void
  /** Every instance holds far more memory for a while. */
  shortOfMemory(forMs: number): void
}

export type WorldTargetParts = {
  readonly clock: VirtualClock
  readonly faults: Faults
  readonly random: Random
  /** Whether instances of this release crash, or never come up. */
  readonly fate: (environment: Environment, release: ReleaseNumber) => 'well' | 'crashing' | 'never-healthy'
  /** What becomes of the jobs of a release: how many a second, and the share of them that fails. */
  readonly jobs: (environment: Environment, release: ReleaseNumber) => { perSecond: number; errors: number }
  /** Called before the state of any instance of an environment changes. */
  readonly changing: (environment: Environment) => void
  readonly stopped: (instance: Instance) => void
  /** Called with every new instance, and those that are there, or not quite gone yet, beside it. */
  readonly spawned: (instance: Instance, beside: readonly Instance[]) => void
  readonly fenced: (what: string, seen: number, got: number) => void
  /** Sabotage in tests: older fences are taken. */
  readonly ignoresFences: boolean
  readonly trace: (line: string) => void
}

const RESTART_MS = 2_000
const CRASH_AFTER_MS = 8_000

export function createWorldTarget(parts: WorldTargetParts): WorldTarget {
  const { clock, faults, random, changing } = parts
  const sites = new Map<string, Site>()
  const instances = new Map<string, Instance>()
  let born = 0
  let shortUntilMs = 0

  const siteOf = (environment: Environment): Site => {
    const key = environmentKey(environment)
    const known = sites.get(key) ?? { environment, fence: 0, fleets: new Map() }
    sites.set(key, known)
    return known
  }
  const all = (): readonly Instance[] =>
    [...sites.values()].flatMap((site) => [...site.fleets.values()].flatMap((fleet) => fleet.instances))

  const countJobs = ({ environment, release, state, jobs }: Instance): void => {
    if (!jobs) return
    const spanMs = clock.monotonicMs() - jobs.countedAtMs
    jobs.countedAtMs = clock.monotonicMs()
    if (state !== 'ready') return
    const { perSecond, errors } = parts.jobs(environment, release)
    jobs.done += (perSecond * spanMs * (1 - errors)) / 1_000
    jobs.failed += (perSecond * spanMs * errors) / 1_000
  }

  const become = (instance: Instance, state: Instance['state']): void => {
    changing(instance.environment)
    countJobs(instance)
    instance.state = state
    if (state === 'ready') instance.wasReady = true
    parts.trace(`instance ${instance.id} ${state}`)
  }
  const later = (instance: Instance, afterMs: number, deed: () => void): void => {
    const { life } = instance
    clock.after(afterMs, () => instance.life === life && deed())
  }

  const start = (instance: Instance, waitMs: number): void => {
    instance.life += 1
    become(instance, 'starting')
    const fate = parts.fate(instance.environment, instance.release)
    if (fate === 'never-healthy' || faults.hits('instance-never')) {
      later(instance, waitMs, () => become(instance, 'failed'))
      // The host goes on trying: what was only bad luck comes up with the next start.
      later(instance, 3 * waitMs, () => start(instance, waitMs))
      return
    }
    const slow = faults.hits('instance-slow') ? faults.spanMs('instance-slow', 10_000, waitMs - 1_000) : 0
    later(instance, random.int(500, 4_000) + slow, () => {
      become(instance, 'ready')
      if (fate === 'crashing') later(instance, CRASH_AFTER_MS, () => crash(instance, waitMs, 1))
    })
  }

  /** Ends by itself again and again, a few seconds after each start. */
  const crash = (instance: Instance, waitMs: number, times: number): void => {
    instance.restarts += 1
    become(instance, times >= 3 ? 'crash-looping' : 'starting')
    if (times >= 3) return
    later(instance, RESTART_MS, () => {
      become(instance, 'ready')
      later(instance, CRASH_AFTER_MS, () => crash(instance, waitMs, times + 1))
    })
  }

  const spawn = (environment: Environment, fleet: Fleet, process?: string): void => {
    born += 1
    const health = process === undefined ? fleet.run.portless : workerOf(fleet.run, process)
    const instance: Instance = {
      id: `${environment.stage}-${fleet.release}-${born}`,
      environment,
      release: fleet.release,
      process,
      port: health === undefined ? 20_000 + born : 0,
      jobs: health?.jobs ? { done: 0, failed: 0, countedAtMs: clock.monotonicMs() } : undefined,
      state: 'starting',
      startedAt: clock.wallMs(),
      restarts: 0,
      wasReady: false,
      life: 0,
    }
    instances.set(instance.id, instance)
    const there = [...siteOf(environment).fleets.values()].flatMap((other) => other.instances)
    parts.spawned(instance, there)
    fleet.instances.push(instance)
    start(instance, fleet.waitMs)
  }

  const stop = (fleet: Fleet, instance: Instance): void => {
    parts.stopped(instance)
    instance.life += 1
    become(instance, 'stopping')
    later(instance, random.int(100, 3_000), () => {
      fleet.instances = fleet.instances.filter((other) => other !== instance)
    })
  }

  const land = (wish: FleetWish, call: Call): void => {
    const site = siteOf(wish.environment)
    if (call.fence < site.fence) {
      if (!parts.ignoresFences) throw staleFence(environmentKey(wish.environment), site.fence, call.fence)
      parts.fenced(environmentKey(wish.environment), site.fence, call.fence)
    }
    site.fence = Math.max(site.fence, call.fence)
    const waitMs = wish.run.health.waitMs
    const { release, run } = wish
    const fleet = site.fleets.get(release) ?? { release, run, wanted: 0, waitMs, instances: [] }
    site.fleets.set(release, fleet)
    const wanted = wish.keepsCount ? fleet.wanted : wish.count
    fleet.wanted = wanted
    parts.trace(`target ${environmentKey(wish.environment)} #${wish.release} x${wanted} fence ${call.fence}`)
    level(fleet, wish, undefined, wanted)
    const names = new Set([
      ...Object.keys(wish.workers ?? {}),
      ...fleet.instances.flatMap(({ process }) => process ?? []),
    ])
    for (const name of names) level(fleet, wish, name, wanted === 0 ? 0 : (wish.workers?.[name] ?? 0))
  }

  const level = (fleet: Fleet, wish: FleetWish, process: string | undefined, wanted: number): void => {
    const running = fleet.instances.filter((one) => one.state !== 'stopping' && one.process === process)
    const leavers = running.toSorted((left, right) => leavesFirst(left, wish) - leavesFirst(right, wish))
    for (const instance of leavers.slice(0, Math.max(0, running.length - wanted))) stop(fleet, instance)
    for (let count = running.length; count < wanted; count += 1) spawn(wish.environment, fleet, process)
  }

  const scale = async (wish: FleetWish, call: Call): Promise<void> => {
    if (faults.hits('target-refuses')) throw trouble('the host refused', 'target/trouble')
    if (faults.hits('target-hangs')) return hangUntilAborted(call.signal, 'scale')
    if (faults.hits('target-late')) {
      clock.after(faults.spanMs('target-late', 1_000, 120_000), () => landLate(wish, call))
      return hangUntilAborted(call.signal, 'scale')
    }
    await clock.sleep(random.int(1, 50), call.signal)
    land(wish, call)
    if (faults.hits('target-lost-answer')) throw trouble('the host gave no answer', 'target/no-answer')
  }

  const landLate = (wish: FleetWish, call: Call): void => {
    try {
      land(wish, call)
    } catch {
      parts.trace(`target refused a late wish for #${wish.release}, fence ${call.fence}`)
    }
  }

  const lookAt = (environment: Environment): readonly FleetLook[] =>
    [...siteOf(environment).fleets.values()]
      .filter((fleet) => fleet.wanted > 0 || fleet.instances.length > 0)
      .map((fleet) => ({
        release: fleet.release,
        wanted: fleet.wanted,
        instances: fleet.instances.map((instance) => {
          countJobs(instance)
          return shown(instance, clock.monotonicMs() < shortUntilMs)
        }),
      }))

  const someInstance = (): { fleet: Fleet; instance: Instance } | undefined => {
    const living = all().filter(({ state }) => state === 'ready' || state === 'unhealthy')
    if (living.length === 0) return undefined
    const instance = random.pick(living)
    const fleet = siteOf(instance.environment).fleets.get(instance.release)
    return fleet ? { fleet, instance } : undefined
  }

  return {
    of: (process) => ({
      scale: (wish, call) => process.call('target.scale', () => scale(wish, call)),
      look: (environment) => process.call('target.look', () => lookAt(environment)),
      environments: () =>
        process.call('target.environments', () =>
          [...sites.values()]
            .map(({ environment }) => environment)
            .filter((environment) => lookAt(environment).some((fleet) => fleet.instances.length > 0)),
        ),
      memory: () => process.call('target.memory', () => [{ host: HOST, bytes: HOST_BYTES }]),
      output: async () => '',
      stopAll: async () => {},
      close: async () => {},
    }),
    instance: (id) => instances.get(id),
    counts: (environment) =>
      lookAt(environment).map(({ release, instances: there }) => ({
        release,
        count: there.filter(({ state, process }) => state !== 'stopping' && process === undefined).length,
      })),
    running: (environment) =>
      all().filter(
        (one) => one.state !== 'stopping' && environmentKey(one.environment) === environmentKey(environment),
      ),
    reboot: () => {
      for (const site of sites.values())
        for (const fleet of site.fleets.values()) {
          fleet.instances = fleet.instances.filter(({ state }) => state !== 'stopping')
          for (const instance of fleet.instances) start(instance, fleet.waitMs)
        }
    },
    oneDies: () => {
      const found = someInstance()
      if (!found) return
      found.instance.restarts += 1
      start(found.instance, found.fleet.waitMs)
    },
    oneIsReplaced: () => {
      const found = someInstance()
      if (!found) return
      const { fleet, instance } = found
      become(instance, 'stopping')
      instance.life += 1
      fleet.instances = fleet.instances.filter((other) => other !== instance)
      spawn(instance.environment, fleet, instance.process)
    },
    shortOfMemory: (forMs) => {
      shortUntilMs = clock.monotonicMs() + forMs
    },
    trouble: (forMs) => {
      const busy = [...sites.values()].filter((site) => lookAt(site.environment).length > 0)
      if (busy.length === 0) return
      const site = random.pick(busy)
      for (const fleet of site.fleets.values())
        for (const instance of fleet.instances.filter(({ state }) => state === 'ready')) {
          become(instance, 'unhealthy')
          later(instance, forMs, () => instance.state === 'unhealthy' && become(instance, 'ready'))
        }
    },
  }
}

/** Not named by the plan, then not ready; among equals this host stops the oldest, which nobody may rely on. */
function leavesFirst(instance: Instance, wish: FleetWish): number {
  return (wish.keep?.includes(instance.id) ? 2 : 0) + (instance.state === 'ready' ? 1 : 0)
}

const HOST = '127.0.0.1'
const HOST_BYTES = 16e9
/** Even many instances leave room; when memory is short, one warm instance is already too much. */
const INSTANCE_BYTES = { usual: 20e6, short: 5e9 }

const noUse = {
  cpuMs: 0,
  memoryBytes: 0,
  threads: 1,
  fds: 1,
  readBytes: 0,
  writeBytes: 0,
  errorLines: 0,
}

function shown(
  { id, process, port, jobs, state, startedAt, restarts }: Instance,
  isShort: boolean,
): InstanceLook {
  const told = jobs && { jobsDone: Math.floor(jobs.done), jobsFailed: Math.floor(jobs.failed) }
  const use = { ...noUse, memoryBytes: isShort ? INSTANCE_BYTES.short : INSTANCE_BYTES.usual, ...told }
  const name = process === undefined ? {} : { process }
  return { id, ...name, host: HOST, port, state, startedAt, restarts, lastWords: null, use }
}

function workerOf({ workers = [] }: RunRecipe, name: string): WorkerHealth | undefined {
  return workers.find(({ process }) => process === name)
}
