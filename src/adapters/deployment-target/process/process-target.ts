import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createHash } from 'node:crypto'
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { type Environment, environmentKey } from '../../../domain/names.ts'
import type { RunRecipe } from '../../../domain/pipeline/definition.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Call } from '../../../ports/call.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { DeploymentTarget, FleetLook, FleetWish, HostMemory } from '../../../ports/deployment-target.ts'
import { withCount } from '../../../ports/deployment-target.ts'
import type { Ids } from '../../../ports/ids.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'
import { asPortFailure, PortFailure, staleFence } from '../../../ports/port-failure.ts'
import { readIfThere, writeDurably } from './durable-file.ts'
import { type FleetRecord, fleetRecordPath, parseFleetRecord } from './fleet-record.ts'
import { createHostUse } from './host-use.ts'
import { host, Instance, type InstanceSurroundings } from './instance.ts'
import type { CallerEnvironment } from './instance-environment.ts'
import { type InstanceRecord, parseRecord } from './instance-record.ts'
import { type OutputLimits, outputLimitsDefault } from './output-file.ts'
import { createPortPool, type PortRange, portRangeDefault } from './port-pool.ts'
import { readBootId, readProc } from './proc.ts'
import { endGroup } from './process-group.ts'
import { ownState } from './state-owner.ts'

export type ProcessTargetOptions = {
  /** Everything is kept in here: wishes, and a folder for each instance. One program at a time. */
  readonly stateDir: string
  readonly artifacts: Pick<ArtifactStore, 'lay'>
  readonly clock: Clock
  readonly ids: Ids
  /** Where the values of secrets are. Without it nothing that has a secret is started. */
  readonly secrets?: Pick<SecretStore, 'read' | 'mask'>
  readonly portRange?: PortRange
  readonly outputLimits?: OutputLimits
  /** Where PATH, LANG and TZ of the instances come from; nothing else of it reaches them. */
  readonly callerEnv?: CallerEnvironment
  /** Names this boot of the machine; the kernel's own name unless told otherwise. */
  readonly bootId?: string
}

/**
 * Runs instances as processes of this machine (Linux), each in a session of its own that outlives us. Resolves once
 * the instances of an earlier server have been taken over, or are known to be gone and on their way up again.
 */
export async function createProcessTarget(options: ProcessTargetOptions): Promise<DeploymentTarget> {
  if (readProc('/proc/self/stat') === undefined) {
    throw new PortFailure(
      'Local processes need /proc, which this system does not have. Use another target here.',
      {
        code: 'target/not-supported',
        again: 'never',
      },
    )
  }
  const stateDir = resolve(options.stateDir)
  const folders = { fleets: join(stateDir, 'environments'), instances: join(stateDir, 'instances') }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 })
  const bootId = options.bootId ?? readBootId()
  const giveBack = await ownState(stateDir, bootId)
  const letGo = new AbortController()
  const target = new ProcessTarget(options, folders, giveBack, letGo, {
    artifacts: options.artifacts,
    clock: options.clock,
    ports: createPortPool(options.portRange ?? portRangeDefault, placeInRange(stateDir)),
    hostUse: createHostUse(options.clock),
    secrets: options.secrets ?? noSecrets,
    bootId,
    callerEnv: options.callerEnv ?? process.env,
    outputLimits: options.outputLimits ?? outputLimitsDefault,
    letGo: letGo.signal,
  })
  try {
    await target.adopt()
  } catch (error) {
    await target.close()
    throw asPortFailure(error)
  }
  return target
}

/** Several installations on one machine begin at different ports, so that they rarely race for one. */
function placeInRange(stateDir: string): number {
  return createHash('sha256').update(stateDir).digest().readUInt32BE(0)
}

type Folders = { readonly fleets: string; readonly instances: string }

class ProcessTarget implements DeploymentTarget {
  readonly #options: ProcessTargetOptions
  readonly #folders: Folders
  readonly #giveBack: () => Promise<void>
  readonly #letGo: AbortController
  readonly #around: InstanceSurroundings
  readonly #fleets = new Map<string, FleetRecord>()
  readonly #instances = new Map<string, Instance>()
  readonly #stops = new Set<Promise<void>>()
  readonly #turns = new Map<string, Promise<unknown>>()
  #order = 0

  constructor(
    options: ProcessTargetOptions,
    folders: Folders,
    giveBack: () => Promise<void>,
    letGo: AbortController,
    around: InstanceSurroundings,
  ) {
    this.#options = options
    this.#folders = folders
    this.#giveBack = giveBack
    this.#letGo = letGo
    this.#around = around
  }

  /** Reads what an earlier server left, takes over what lives, and brings everything to what was wished. */
  async adopt(): Promise<void> {
    await this.#readFleets()
    await this.#readInstances()
    const instances = [...this.#instances.values()]
    await Promise.all(instances.map((instance) => instance.adopt()))
    const live = instances.filter(
      (instance) => instance.record.role === 'live' && !instance.record.isStopping,
    )
    for (const instance of live) instance.keepGoing()
    // After a boot everything starts at once; those that customers wait for go first.
    const liveAreUp = Promise.all(live.map((instance) => instance.settled))
    for (const instance of instances) {
      if (instance.record.isStopping) this.#stop(instance)
      else if (!live.includes(instance)) instance.keepGoing(instance.isReady ? undefined : liveAreUp)
    }
    const releases = Map.groupBy(
      instances,
      ({ record }) => `${environmentKey(record.environment)} ${record.release}`,
    )
    for (const [first] of releases.values()) {
      if (first !== undefined) this.#reconcile(first.record.environment, first.record.release)
    }
    for (const fleet of this.#fleets.values()) {
      for (const wish of fleet.wishes) this.#reconcile(wish.environment, wish.release)
    }
  }

  async scale(asked: FleetWish, call: Call): Promise<void> {
    this.#refuseWhenClosed()
    refuseBadWish(asked)
    await this.#inTurn(asked.environment, async () => {
      const key = environmentKey(asked.environment)
      const before = this.#fleets.get(key)
      if (before !== undefined && call.fence < before.fence) {
        throw staleFence(`Environment ${key}`, before.fence, call.fence)
      }
      refuseAfterDeadline(call)
      const wishes = before?.wishes ?? []
      const others = wishes.filter((other) => other.release !== asked.release)
      const wish = withCount(
        asked,
        wishes.find((other) => other.release === asked.release),
      )
      const record: FleetRecord = {
        version: 1,
        environment: wish.environment,
        fence: call.fence,
        wishes: wish.count === 0 ? others : [...others, wish],
      }
      const content = JSON.stringify(record)
      if (content !== JSON.stringify(before)) {
        await writeDurably(fleetRecordPath(this.#folders.fleets, wish.environment), content)
        this.#fleets.set(key, record)
      }
      this.#refuseWhenClosed()
      this.#reconcile(wish.environment, wish.release)
      const running = this.#runningOf(wish.environment, wish.release)
      await Promise.all(running.map((instance) => instance.setRole(wish.role)))
    })
  }

  async stopAll(environment: Environment): Promise<void> {
    const key = environmentKey(environment)
    await this.#inTurn(environment, async () => {
      const before = this.#fleets.get(key)
      const record: FleetRecord = { version: 1, environment, fence: before?.fence ?? 0, wishes: [] }
      await writeDurably(fleetRecordPath(this.#folders.fleets, environment), JSON.stringify(record))
      this.#fleets.set(key, record)
      for (const instance of this.#all())
        if (environmentKey(instance.record.environment) === key && !instance.record.isStopping)
          this.#stop(instance)
    })
    await Promise.allSettled(this.#stops)
  }

  async look(environment: Environment): Promise<readonly FleetLook[]> {
    this.#refuseWhenClosed()
    const key = environmentKey(environment)
    const wishes = this.#fleets.get(key)?.wishes ?? []
    const instances = this.#all().filter(({ record }) => environmentKey(record.environment) === key)
    const releases = new Set(
      [...wishes, ...instances.map(({ record }) => record)].map(({ release }) => release),
    )
    return [...releases]
      .sort((a, b) => a - b)
      .map((release) => ({
        release,
        wanted: wishes.find((wish) => wish.release === release)?.count ?? 0,
        instances: instances
          .filter(({ record }) => record.release === release)
          .map((instance) => instance.look()),
      }))
  }

  async environments(): Promise<readonly Environment[]> {
    this.#refuseWhenClosed()
    const found = this.#all().map(({ record }) => record.environment)
    return [...new Map(found.map((environment) => [environmentKey(environment), environment])).values()]
  }

  async memory(): Promise<readonly HostMemory[]> {
    // A container may be allowed less than the machine has.
    const allowed = constrainedMemory()
    return [{ host, bytes: allowed > 0 ? Math.min(allowed, totalmem()) : totalmem() }]
  }

  async output(instance: string, limit: number): Promise<string> {
    const found = this.#instances.get(instance)
    if (found !== undefined) return asFailures(() => found.output(limit))
    throw new PortFailure(`There is no instance ${instance} here (any more). Look for those that run.`, {
      code: 'target/unknown-instance',
      again: 'never',
    })
  }

  async close(): Promise<void> {
    if (this.#letGo.signal.aborted) return
    this.#letGo.abort()
    await Promise.allSettled(this.#turns.values())
    await Promise.allSettled([...this.#stops, ...this.#all().map((instance) => instance.rest())])
    await asFailures(this.#giveBack)
  }

  /** Oldest first. */
  #all(): readonly Instance[] {
    return [...this.#instances.values()].sort((a, b) => a.record.order - b.record.order)
  }

  #runningOf(environment: Environment, release: number): readonly Instance[] {
    const key = environmentKey(environment)
    return this.#all().filter(
      ({ record }) =>
        environmentKey(record.environment) === key && record.release === release && !record.isStopping,
    )
  }

  #reconcile(environment: Environment, release: number): void {
    const fleet = this.#fleets.get(environmentKey(environment))
    const wish = fleet?.wishes.find((other) => other.release === release)
    const running = this.#runningOf(environment, release)
    const processes = new Set([undefined, ...Object.keys(wish?.workers ?? {}), ...running.map(processOf)])
    for (const process of processes)
      this.#reconcileProcess(
        wish,
        process,
        running.filter((instance) => processOf(instance) === process),
      )
  }

  /** Starts what is missing, or stops what is too much: first what the plan does not name, then what is not ready, then the newest. */
  #reconcileProcess(
    wish: FleetWish | undefined,
    process: string | undefined,
    running: readonly Instance[],
  ): void {
    const run = wish && recipeOf(wish.run, process)
    const wanted = process === undefined ? wish?.count : wish?.workers?.[process]
    const missing = (run === undefined ? 0 : (wanted ?? 0)) - running.length
    for (let made = 0; wish !== undefined && run !== undefined && made < missing; made += 1)
      this.#add({ ...wish, run }, process)
    const stays = (instance: Instance): number => Number(wish?.keep?.includes(instance.record.id) ?? false)
    const leavers = [...running].sort(
      (a, b) =>
        stays(a) - stays(b) || Number(a.isReady) - Number(b.isReady) || b.record.order - a.record.order,
    )
    for (const instance of leavers.slice(0, Math.max(0, -missing))) this.#stop(instance)
  }

  #add(wish: FleetWish, process: string | undefined): void {
    this.#order += 1
    const record: InstanceRecord = {
      version: 1,
      id: this.#options.ids.next('ins'),
      order: this.#order,
      environment: wish.environment,
      release: wish.release,
      ...(process === undefined ? {} : { worker: process }),
      artifact: wish.artifact,
      run: wish.run,
      env: wish.env,
      ...(wish.secrets === undefined ? {} : { secrets: wish.secrets }),
      role: wish.role,
      port: null,
      createdAt: this.#options.clock.now(),
      isLaid: false,
      isStopping: false,
      restarts: 0,
      endedAt: [],
      shortRuns: 0,
      lastWords: null,
      process: null,
      errorLinesCut: 0,
      jobsCut: { done: 0, failed: 0 },
    }
    this.#know(record).keepGoing()
  }

  #know(record: InstanceRecord): Instance {
    const instance = new Instance(record, join(this.#folders.instances, record.id), this.#around)
    this.#instances.set(record.id, instance)
    return instance
  }

  #stop(instance: Instance): void {
    const stop = instance.stop().then(() => {
      this.#stops.delete(stop)
      // When the target let go the instance may still run; the next server goes on stopping it.
      if (!this.#letGo.signal.aborted) this.#instances.delete(instance.record.id)
    })
    this.#stops.add(stop)
  }

  async #readFleets(): Promise<void> {
    for (const name of await readdir(this.#folders.fleets)) {
      if (!name.endsWith('.json')) continue
      const path = join(this.#folders.fleets, name)
      const record = parseFleetRecord((await readIfThere(path)) ?? '')
      // Guessing here could stop customers' instances, or start what a person took back.
      if (record === undefined) throw unreadable(path)
      this.#fleets.set(environmentKey(record.environment), record)
    }
  }

  async #readInstances(): Promise<void> {
    for (const id of await readdir(this.#folders.instances)) {
      const folder = join(this.#folders.instances, id)
      const text = await readIfThere(join(folder, 'record.json'))
      const record = text === undefined ? undefined : parseRecord(text)
      if (record?.id === id) {
        this.#order = Math.max(this.#order, record.order)
        this.#know(record)
      } else await this.#clear(id, folder)
    }
  }

  /** A folder whose record is missing or damaged: its instance cannot be watched, and the wish makes a new one. */
  async #clear(id: string, folder: string): Promise<void> {
    const group = { leader: null, mark: `SLUICE_INSTANCE=${id}`, isWatched: false }
    await endGroup(group, { termMs: 10_000, clock: this.#options.clock, signal: this.#letGo.signal })
    await rm(folder, { recursive: true, force: true })
  }

  /** Wishes for one environment are noted one after the other, or an older one could be written last. */
  #inTurn<T>(environment: Environment, act: () => Promise<T>): Promise<T> {
    const key = environmentKey(environment)
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => asFailures(act))
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    )
    return turn
  }

  #refuseWhenClosed(): void {
    if (!this.#letGo.signal.aborted) return
    throw new PortFailure('This target has let go of its instances. Open it again.', {
      code: 'target/closed',
      again: 'never',
    })
  }
}

function processOf({ record }: Instance): string | undefined {
  return record.worker
}

/** The recipe of one of a release's processes; undefined for one that it does not have. */
function recipeOf({ workers = [], ...run }: RunRecipe, process: string | undefined): RunRecipe | undefined {
  if (process === undefined) return run
  const worker = workers.find((other) => other.process === process)
  if (worker === undefined) return undefined
  const { command, env, termMs, steadyMs, jobs } = worker
  const portless = { steadyMs, ...(jobs === undefined ? {} : { jobs }) }
  return { ...run, process, command, env, termMs, portless }
}

const noSecrets: Pick<SecretStore, 'read' | 'mask'> = {
  read: async ({ name }) => {
    throw new PortFailure(
      `the secret ${name} cannot be read: this target was opened without a secret store`,
      {
        code: 'target/no-secrets',
        again: 'never',
      },
    )
  },
  mask: async (_environment, text) => text,
}

async function asFailures<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw asPortFailure(error)
  }
}

function unreadable(path: string): PortFailure {
  return new PortFailure(
    `The wishes in ${path} cannot be read. Restore the file from a backup, or remove it to forget what was wished there.`,
    { code: 'target/state-unreadable', again: 'never' },
  )
}

function refuseAfterDeadline(call: Call): void {
  if (!call.signal.aborted) return
  throw new PortFailure(`The deadline of ${call.key} passed before it was noted. Ask again.`, {
    code: 'target/deadline-passed',
    again: 'retry',
  })
}

/** The kernel refuses such variables only when the instance starts, and then nobody would know which. */
function refuseBadWish(wish: FleetWish): void {
  const variables = Object.entries({ ...wish.run.env, ...wish.env })
  const bad = variables.find(([name, value]) => !/^[^=\0]+$/.test(name) || value.includes('\0'))
  if (bad !== undefined) {
    throw new PortFailure(
      `The variable "${bad[0]}" cannot be part of an environment. Rename it, or mend its value.`,
      {
        code: 'target/bad-variable',
        again: 'never',
      },
    )
  }
  const counts = [wish.count, ...Object.values(wish.workers ?? {})]
  const wrong = counts.find((count) => !Number.isSafeInteger(count) || count < 0)
  if (wrong === undefined) return
  throw new PortFailure(`${wrong} instances cannot be started. Ask for 0 or more.`, {
    code: 'target/bad-count',
    again: 'never',
  })
}
