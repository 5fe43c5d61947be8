// A router process: serves the plans it has, from its own disk at first and from the admin socket later.
import { join } from 'node:path'
import { createLookupFolder } from '../api/router-admin/lookup-folder.ts'
import { createPlanFolder } from '../api/router-admin/plan-folder.ts'
import { readPassSecret } from '../api/router-admin/release-pass.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { AccessLog } from './access-log.ts'
import { closeAdmin, createAdminServer, listenForAdmin } from './admin-server.ts'
import { createCertificateShelf } from './certificate-shelf.ts'
import type { CertificateShelf } from './certificate-shelf.ts'
import { armFor, chooseRelease, prepareToChoose } from './choose-release.ts'
import type { ExchangeTools } from './client-exchange.ts'
import { createDoors } from './doors.ts'
import type { HostRules } from './host-routing.ts'
import { HostTable } from './host-table.ts'
import { Timekeeper } from './http1/timekeeper.ts'
import { ROUTER_LIMITS } from './limits.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { RouterLimits } from './limits.ts'
import { createLookupShelf } from './lookup-shelf.ts'
import { createMirror } from './mirror.ts'
import { PlanTable } from './plan-table.ts'
import { createTokenKeys, type TokenKeys } from './tokens/token-keys.ts'
import { createTokenReader } from './tokens/token-reader.ts'
import { splitSubject } from './split-subject.ts'
import { trustedProxies } from './trusted-proxies.ts'
import { takePort } from './traffic-port.ts'
import { createTrafficServer } from './traffic-server.ts'
import type { TrafficServer } from './traffic-server.ts'

const SECOND_MS = 1_000

export type RouterOptions = {
  readonly stateDir: string
  readonly host: string
  /** The first is the one to tell people; more make sense with a mapping for each. */
  readonly ports: readonly number[]
  readonly hosts: HostRules
  /** Addresses and networks of our own proxies; nobody's X-Forwarded-* is believed without them. */
  readonly trustedProxies?: readonly string[]
  /** Ports on which TLS is spoken, and the folder of certificates (`NAME.crt` and `NAME.key`). */
  readonly tls?: { readonly ports: readonly number[]; readonly certificates: string } | undefined
  /** Whether answers name their release; they do unless told otherwise. */
  readonly releaseHeader?: boolean
  readonly clock: Clock
  readonly log: Log
  /** Told of every request that came to its end; none is, without it. */
  readonly access?: AccessLog | undefined
  readonly randomHex: (bytes: number) => string
  readonly pid: number
  readonly limits?: Partial<RouterLimits>
}

export type Router = {
  readonly ports: readonly number[]
  readonly tlsPorts: readonly number[]
  readonly adminSocket: string
  /** Takes nothing new, lets requests under way finish up to the limit, ends streams politely. */
  stop(): Promise<void>
}

/**
 * Order matters: the admin socket is open before plans are read from disk, and the traffic port comes last. A plan
 * that is written to disk before the list of sockets is read thus reaches this process one way or the other.
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const { stateDir, clock, log, randomHex, pid, hosts } = options
  const limits = { ...ROUTER_LIMITS, ...options.limits }
  const ended = new AbortController()
  const time = new Timekeeper(clock, shortestMs(limits), ended.signal)
  const plans = new PlanTable(limits, time, clock)
  const lookups = createLookupShelf(
    createLookupFolder(stateDir, (file, error) =>
      log.error({ file, error: String(error) }, 'a lookup table cannot be read; the one before it is used'),
    ),
  )
  const keyShelf = new Map<string, TokenKeys>()
  const keysOf = (url: string): TokenKeys => {
    const folder = join(stateDir, 'token-keys')
    const known =
      keyShelf.get(url) ?? createTokenKeys({ url, folder, clock, log, signal: ended.signal, limits })
    keyShelf.set(url, known)
    return known
  }
  const tokens = createTokenReader({ keysOf, clock })
  let state: 'starting' | 'serving' | 'stopping' = 'starting'
  let turns = 0
  const turn = () => turns++
  const probing = { clock, log, limits, signal: ended.signal }
  const mirror = createMirror({
    ...{ limits, clock, probing, turn },
    choose: (from, stage, head) => {
      const served = plans.get({ service: from.plan.environment.service, stage })
      const { subject } = splitSubject(head, served?.plan.userKey ?? null, randomHex)
      const asked = { lookups: lookups.of, tokens, now: () => clock.now() }
      const arm = served && armFor(served, head, subject, asked)
      return served === undefined || arm === undefined ? undefined : { served, arm }
    },
  })
  const tools: ExchangeTools = {
    limits,
    clock,
    log,
    access: options.access,
    namesRelease: options.releaseHeader ?? true,
    lookups: lookups.of,
    tokens,
    randomHex,
    trusts: trustedProxies(options.trustedProxies ?? []),
    mirror,
    probing,
    turn,
    isStopping: () => state === 'stopping',
  }
  const doors = createDoors(plans, tools, time)
  const incarnation = randomHex(8)
  const admin = createAdminServer({ plans, lookups, doors, incarnation, pid, state: () => state })
  const adminSocket = await listenForAdmin(admin, stateDir, `${pid}-${incarnation.slice(0, 8)}`)
  const servers: TrafficServer[] = []
  try {
    const passSecret = await readPassSecret(stateDir)
    await lookups.reloadAll()
    await loadPlans(stateDir, plans, log)
    const table = new HostTable(plans, hosts)
    const choosing = {
      hosts: table,
      lookups: lookups.of,
      tokens,
      passSecret,
      randomHex,
      now: () => clock.now(),
    }
    const choose = (head: RequestHead, localPort: number) => chooseRelease(head, localPort, choosing)
    const prepare = (head: RequestHead, localPort: number) => prepareToChoose(head, localPort, choosing)
    const open = async (port: number, certificates?: CertificateShelf) => {
      const server = createTrafficServer({ tools, time, choose, prepare, isCounted: true, certificates })
      servers.push(server)
      const sleep = (ms: number) => clock.sleep(ms)
      return takePort(server.server, { host: options.host, port, stateDir, pid, sleep })
    }
    const certificates =
      options.tls &&
      (await createCertificateShelf({ folder: options.tls.certificates, log, clock, signal: ended.signal }))
    const ports: number[] = []
    for (const port of options.ports) ports.push(await open(port))
    const tlsPorts: number[] = []
    for (const port of options.tls?.ports ?? []) tlsPorts.push(await open(port, certificates))
    state = 'serving'
    void endMeasureWindows(plans, clock, ended.signal)
    const stop = async () => {
      if (state === 'stopping') return
      state = 'stopping'
      await stopServers(servers, plans, { clock, limits })
      doors.closeAll()
      ended.abort()
      plans.close()
      await closeAdmin(admin, adminSocket)
    }
    return { ports, tlsPorts, adminSocket, stop }
  } catch (error) {
    for (const server of servers) void server.stopAccepting()
    ended.abort()
    await closeAdmin(admin, adminSocket)
    throw error
  }
}

/** Together with the seconds of the clock, so that those of several routers are the same ones. */
async function endMeasureWindows(plans: PlanTable, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(SECOND_MS - (clock.now() % SECOND_MS), signal)
    plans.endMeasureWindows()
  }
}

async function loadPlans(stateDir: string, plans: PlanTable, log: Log): Promise<void> {
  const folder = createPlanFolder(stateDir, (file, error) =>
    log.error({ file, error: String(error) }, 'a plan on disk cannot be read; the one before it is used'),
  )
  // One that came over the admin socket meanwhile is newer and stays.
  for (const plan of await folder.readAll()) plans.apply(plan)
}

/**
 * Idle connections get a moment to bring a last request, which is answered with `Connection: close`: closed at once,
 * they would lose what is already on its way.
 */
async function stopServers(
  servers: readonly TrafficServer[],
  plans: PlanTable,
  { clock, limits }: { readonly clock: Clock; readonly limits: RouterLimits },
): Promise<void> {
  // Right after the loop has accepted what was waiting, so that next to nothing is left in the kernel's queue.
  await new Promise((resolve) => setImmediate(resolve))
  const isClosed = Promise.all(servers.map((server) => server.stopAccepting()))
  const allDone = new AbortController()
  void isClosed.then(() => allDone.abort())
  await clock.sleep(limits.stopQuietMs, allDone.signal)
  for (const server of servers) server.closeIdle()
  for (const traffic of plans.everyTraffic()) traffic.cutStreams()
  const deadlineMs = clock.monotonicMs() + limits.stopMsMax
  while (!allDone.signal.aborted && clock.monotonicMs() < deadlineMs) {
    await clock.sleep(limits.stopQuietMs, allDone.signal)
    for (const server of servers) server.closeIdle()
  }
  for (const server of servers) server.closeAll()
}

function shortestMs(limits: RouterLimits): number {
  const { clientHeadMsMax, clientIdleMsMax, upstreamConnectMsMax, upstreamHeadMsMax } = limits
  return Math.min(clientHeadMsMax, clientIdleMsMax, upstreamConnectMsMax, upstreamHeadMsMax)
}
