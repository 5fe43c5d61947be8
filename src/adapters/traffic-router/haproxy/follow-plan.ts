// Puts one plan in force in a running HAProxy, in an order in which no request ever finds nothing: new servers first,
// then the switch in one step, then the old ones; and reads back what it did.
import { environmentKey } from '../../../domain/names.ts'
import type { Environment, ReleaseNumber } from '../../../domain/names.ts'
import type { EnvironmentPlan, PlanArm } from '../../../domain/traffic/plan.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { SLOTS } from './haproxy-config.ts'
import { hostMap, type HaproxyHosts } from './haproxy-hosts.ts'
import {
  addServer,
  deleteServer,
  disableServer,
  enableServer,
  readMap,
  readServers,
  serverName,
  underWay,
  writeMap,
  type Haproxy,
} from './haproxy-maps.ts'
import { planRecord } from './plan-record.ts'

export function slotKey(environment: Environment, release: ReleaseNumber): string {
  return `${environmentKey(environment)}#${release}`
}

/** `all` are the plans of every environment, this one among them. */
export async function followPlan(
  at: Haproxy,
  plan: EnvironmentPlan,
  all: readonly EnvironmentPlan[],
  hosts: HaproxyHosts,
): Promise<void> {
  const key = environmentKey(plan.environment)
  const slots = await takeSlots(at, plan, all)
  // Made first: a plan that HAProxy cannot follow changes nothing.
  const { record, rulePieces } = planRecord(plan, (release) => slots.get(release))
  const served = plan.arms.filter(({ instances }) => instances.length > 0)
  for (const arm of served)
    await bringServers(at, slots.get(arm.release) ?? '', arm, plan.concurrency?.perInstance)
  const pieceKey = (piece: number) => `${key}@${plan.generation}/${piece + 1}`
  await writeMap(at, 'rules', { put: new Map(rulePieces.map((text, piece) => [pieceKey(piece), text])) })
  await writeMap(at, 'plans', { put: new Map([[key, record]]) })
  await putHosts(at, hostMap(all, hosts))
  await readBack(at, { key, record, served, slots })
  await forgetRules(at, key, plan.generation)
  await sweep(at, plan, slots)
}

/** A backend for each release of the plan that has instances. */
async function takeSlots(
  at: Haproxy,
  plan: EnvironmentPlan,
  all: readonly EnvironmentPlan[],
): Promise<ReadonlyMap<ReleaseNumber, string>> {
  const held = await readMap(at, 'slots')
  const bySlotKey = new Map([...held].map(([slot, name]) => [name, slot]))
  const free = SLOTS.filter((slot) => !held.has(slot)).values()
  const taken = new Map<string, string>()
  const slots = new Map<ReleaseNumber, string>()
  for (const { release, instances } of plan.arms) {
    if (instances.length === 0) continue
    const name = slotKey(plan.environment, release)
    const slot = bySlotKey.get(name) ?? free.next().value
    if (slot === undefined) throw full(all)
    slots.set(release, slot)
    taken.set(slot, name)
  }
  await writeMap(at, 'slots', { put: taken })
  return slots
}

async function bringServers(
  at: Haproxy,
  slot: string,
  arm: PlanArm,
  most: number | undefined,
): Promise<void> {
  const known = new Map((await readServers(at, slot)).map((server) => [server.name, server]))
  for (const instance of arm.instances) {
    const server = known.get(serverName(instance))
    if (server === undefined) await addServer(at, slot, instance, { protocol: arm.protocol, most })
    else if (!server.isReady) await enableServer(at, slot, server.name)
  }
}

async function putHosts(at: Haproxy, wanted: ReadonlyMap<string, string>): Promise<void> {
  const known = await readMap(at, 'hosts')
  await writeMap(at, 'hosts', { put: wanted, remove: [...known.keys()].filter((host) => !wanted.has(host)) })
}

async function readBack(
  at: Haproxy,
  wanted: {
    readonly key: string
    readonly record: string
    readonly served: readonly PlanArm[]
    readonly slots: ReadonlyMap<ReleaseNumber, string>
  },
): Promise<void> {
  if ((await readMap(at, 'plans')).get(wanted.key) !== wanted.record)
    throw new Error('its map of plans does not hold the plan')
  for (const { release, instances } of wanted.served) {
    const servers = await readServers(at, wanted.slots.get(release) ?? '')
    const ready = new Set(servers.flatMap(({ name, isReady }) => (isReady ? [name] : [])))
    const missing = instances.find((instance) => !ready.has(serverName(instance)))
    if (missing !== undefined)
      throw new Error(`it does not send requests to ${missing.id} of release ${release}`)
  }
}

async function forgetRules(at: Haproxy, key: string, generation: number): Promise<void> {
  const old = [...(await readMap(at, 'rules')).keys()].filter(
    (piece) => piece.startsWith(`${key}@`) && !piece.startsWith(`${key}@${generation}/`),
  )
  await writeMap(at, 'rules', { remove: old })
}

/** Servers that left the plan get nothing new; they, and at last their backend, are given back when nothing is under way. */
async function sweep(
  at: Haproxy,
  plan: EnvironmentPlan,
  slots: ReadonlyMap<ReleaseNumber, string>,
): Promise<void> {
  const prefix = `${environmentKey(plan.environment)}#`
  const wanted = new Map(
    plan.arms.map((arm) => [slots.get(arm.release), new Set(arm.instances.map(serverName))]),
  )
  const busy = await underWay(at)
  const empty: string[] = []
  for (const [slot, name] of await readMap(at, 'slots')) {
    if (!name.startsWith(prefix)) continue
    const keep = wanted.get(slot)
    let left = 0
    for (const server of await readServers(at, slot)) {
      if (keep?.has(server.name) === true) continue
      // Doors may still lead to a release that left; what is under way ends by itself.
      if (server.isReady) await disableServer(at, slot, server.name)
      if ((busy.get(slot) ?? 0) > 0 || !(await deleteServer(at, slot, server.name))) left += 1
    }
    if (keep === undefined && left === 0) empty.push(slot)
  }
  await writeMap(at, 'slots', { remove: empty })
}

function full(all: readonly EnvironmentPlan[]): PortFailure {
  const releases = all.reduce((sum, { arms }) => sum + arms.length, 0)
  return new PortFailure(
    `HAProxy has ${SLOTS.length} backends for releases and all are taken (${releases} are planned, others still drain); it is tried again`,
    { code: 'router/haproxy-full', again: 'retry' },
  )
}
