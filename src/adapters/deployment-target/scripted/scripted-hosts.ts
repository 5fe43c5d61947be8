// Hosts that exist only in memory: what runs on them follows from a script and the clock. They outlive the targets
// that speak to them, as real hosts do, so two coordinators or a restarted one can meet there.
import { type Environment, environmentKey } from '../../../domain/names.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { FleetLook, FleetWish, InstanceLook } from '../../../ports/deployment-target.ts'
import { withCount } from '../../../ports/deployment-target.ts'
import { PortFailure, staleFence } from '../../../ports/port-failure.ts'
import { type Life, lifeAt, type ReleaseScript, useAt } from './scripted-life.ts'

export type ScriptOf = (wish: Pick<FleetWish, 'environment' | 'release'>) => ReleaseScript

type ScriptedInstance = {
  readonly id: string
  readonly order: number
  readonly wish: FleetWish
  /** Which other process it runs; undefined: the one that the recipe describes. */
  readonly process: string | undefined
  readonly port: number
  readonly bornAtMs: number
  readonly bornAtEpochMs: number
  readonly killedAtMs: readonly number[]
  readonly stoppedAtMs: number | null
}

type Fleet = {
  readonly environment: Environment
  readonly fence: number
  readonly wishes: readonly FleetWish[]
}
type LateWish = { readonly landsAtMs: number; readonly wish: FleetWish; readonly fence: number }

const firstPort = 20_000

export class ScriptedHosts {
  readonly #clock: Clock
  readonly #scriptOf: ScriptOf
  readonly #fleets = new Map<string, Fleet>()
  #instances: readonly ScriptedInstance[] = []
  #late: readonly LateWish[] = []
  #made = 0

  constructor(options: { readonly clock: Clock; readonly script: ScriptOf }) {
    this.#clock = options.clock
    this.#scriptOf = options.script
  }

  /** Notes a wish now; throws on an older fence. */
  note(wish: FleetWish, fence: number): void {
    this.#land()
    this.#noteAt(wish, fence, this.#clock.monotonicMs())
  }

  /** Notes a wish when its time has come, unless a newer fence was there first. */
  noteLate(wish: FleetWish, fence: number, afterMs: number): void {
    const landsAtMs = this.#clock.monotonicMs() + afterMs
    this.#late = [...this.#late, { landsAtMs, wish, fence }].sort((a, b) => a.landsAtMs - b.landsAtMs)
  }

  /** Ends an instance's present run from outside: a lost machine, an out-of-memory kill. */
  kill(id: string): void {
    const at = this.#clock.monotonicMs()
    this.#instances = this.#instances.map((instance) =>
      instance.id === id
        ? { ...instance, killedAtMs: [...instance.killedAtMs, at - instance.bornAtMs] }
        : instance,
    )
  }

  stopAll(environment: Environment): void {
    this.#land()
    const fleet = this.#fleets.get(environmentKey(environment))
    for (const wish of fleet?.wishes ?? [])
      this.#noteAt({ ...wish, count: 0 }, fleet?.fence ?? 0, this.#clock.monotonicMs())
  }

  look(environment: Environment): readonly FleetLook[] {
    const key = environmentKey(environment)
    const present = this.#present().filter(({ wish }) => environmentKey(wish.environment) === key)
    const wishes = this.#fleets.get(key)?.wishes ?? []
    const releases = new Set([...wishes, ...present.map(({ wish }) => wish)].map(({ release }) => release))
    return [...releases]
      .sort((a, b) => a - b)
      .map((release) => ({
        release,
        wanted: wishes.find((wish) => wish.release === release)?.count ?? 0,
        instances: present.filter(({ wish }) => wish.release === release).map((each) => this.#lookAt(each)),
      }))
  }

  environments(): readonly Environment[] {
    const found = this.#present().map(({ wish }) => wish.environment)
    return [...new Map(found.map((environment) => [environmentKey(environment), environment])).values()]
  }

  output(id: string, limit: number): string {
    const found = this.#present().find((instance) => instance.id === id)
    if (found !== undefined) return limit === 0 ? '' : (this.#scriptOf(found.wish).output ?? '').slice(-limit)
    throw new PortFailure(`There is no instance ${id} here (any more). Look for those that run.`, {
      code: 'target/unknown-instance',
      again: 'never',
    })
  }

  #noteAt(asked: FleetWish, fence: number, atMs: number): void {
    const key = environmentKey(asked.environment)
    const fleet = this.#fleets.get(key)
    if (fleet !== undefined && fence < fleet.fence) throw staleFence(`Environment ${key}`, fleet.fence, fence)
    const others = (fleet?.wishes ?? []).filter(({ release }) => release !== asked.release)
    const wish = withCount(
      asked,
      fleet?.wishes.find(({ release }) => release === asked.release),
    )
    const wishes = wish.count === 0 ? others : [...others, wish]
    this.#fleets.set(key, { environment: wish.environment, fence, wishes })
    const running = this.#instances.filter(
      (each) =>
        each.wish.release === wish.release &&
        environmentKey(each.wish.environment) === key &&
        each.stoppedAtMs === null,
    )
    const workers = Object.keys(wish.workers ?? {})
    for (const process of new Set([undefined, ...workers, ...running.map((each) => each.process)])) {
      const there = running.filter((each) => each.process === process)
      const count = countOf(wish, process)
      for (let made = there.length; made < count; made += 1) this.#add(wish, process, atMs)
      this.#stop(there, Math.max(0, there.length - count), wish.keep ?? [], atMs)
    }
  }

  #add(wish: FleetWish, process: string | undefined, bornAtMs: number): void {
    this.#made += 1
    const instance: ScriptedInstance = {
      id: `ins_${this.#made}`,
      order: this.#made,
      wish,
      process,
      port: process !== undefined || wish.run.portless ? 0 : firstPort + this.#made,
      bornAtMs,
      bornAtEpochMs: this.#clock.now() - (this.#clock.monotonicMs() - bornAtMs),
      killedAtMs: [],
      stoppedAtMs: null,
    }
    this.#instances = [...this.#instances, instance]
  }

  /** What the plan does not name goes first, then what is not ready, then the newest. */
  #stop(running: readonly ScriptedInstance[], count: number, keep: readonly string[], atMs: number): void {
    const stays = (each: ScriptedInstance): number => Number(keep.includes(each.id))
    const isReady = (each: ScriptedInstance) => this.#lifeOf(each, atMs).state === 'ready'
    const leavers = [...running]
      .sort((a, b) => stays(a) - stays(b) || Number(isReady(a)) - Number(isReady(b)) || b.order - a.order)
      .slice(0, count)
    this.#instances = this.#instances.map((each) =>
      leavers.includes(each) ? { ...each, stoppedAtMs: atMs } : each,
    )
  }

  /** Those that are there now; what has finished stopping is forgotten. */
  #present(): readonly ScriptedInstance[] {
    this.#land()
    const nowMs = this.#clock.monotonicMs()
    this.#instances = this.#instances.filter(
      ({ stoppedAtMs, wish }) =>
        stoppedAtMs === null || nowMs - stoppedAtMs < (this.#scriptOf(wish).stopMs ?? 0),
    )
    return this.#instances
  }

  #land(): void {
    const nowMs = this.#clock.monotonicMs()
    const due = this.#late.filter(({ landsAtMs }) => landsAtMs <= nowMs)
    this.#late = this.#late.filter(({ landsAtMs }) => landsAtMs > nowMs)
    for (const { wish, fence, landsAtMs } of due) {
      const seen = this.#fleets.get(environmentKey(wish.environment))?.fence ?? fence
      // Nobody waits for the answer any more, so a refusal is told to nobody.
      if (fence >= seen) this.#noteAt(wish, fence, landsAtMs)
    }
  }

  #lifeOf(instance: ScriptedInstance, atMs: number): Life {
    const { wish, killedAtMs, bornAtMs } = instance
    return lifeAt(atMs - bornAtMs, this.#scriptOf(wish), { waitMs: wish.run.health.waitMs, killedAtMs })
  }

  #lookAt(instance: ScriptedInstance): InstanceLook {
    const nowMs = this.#clock.monotonicMs()
    const life = this.#lifeOf(instance, instance.stoppedAtMs ?? nowMs)
    return {
      id: instance.id,
      ...(instance.process === undefined ? {} : { process: instance.process }),
      host: '127.0.0.1',
      port: instance.port,
      state: instance.stoppedAtMs === null ? life.state : 'stopping',
      startedAt: instance.bornAtEpochMs + life.runBeganMs,
      restarts: life.restarts,
      lastWords: life.lastWords,
      use: useAt(nowMs - instance.bornAtMs, this.#scriptOf(instance.wish).use),
    }
  }
}

/** Of a process that the release does not have, none; with the main process at 0 none of the others runs either. */
function countOf({ count, run, workers }: FleetWish, process: string | undefined): number {
  if (process === undefined || count === 0) return count
  const isKnown = run.workers?.some((worker) => worker.process === process) ?? false
  return isKnown ? (workers?.[process] ?? 0) : 0
}
