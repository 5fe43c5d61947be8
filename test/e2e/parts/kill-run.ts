// The run of the kill test: changes, locks and rollbacks go on while servers, routers, keepers and instances are killed.
// Everything is drawn from one seed; what really happened is written down for the checks.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Board, StageView } from '../../../src/api/board.ts'
import type { Installation } from './installation.ts'
import { clientPortsOf, type InstanceProcess, instances, listensOn, programs } from './processes.ts'
import type { ShopRepository } from './shop-repository.ts'

export type Victim = 'server' | 'router' | 'both routers' | 'keeper' | 'instance'
export type Kill = {
  readonly what: Victim
  readonly pids: readonly number[]
  /** Between these two it died. */
  readonly fromMs: number
  readonly atMs: number
  /** Client connections that the killed router held. */
  readonly clientPorts: ReadonlySet<number>
  /** No other router listened: a new one may run already and not be ready yet. */
  readonly wasLastRouter: boolean
  readonly instance: (InstanceProcess & { readonly wasOnlyOne: boolean }) | undefined
}

/** An act that the API answered with "done". The reason or lock names it in the log. */
export type Acknowledged = { readonly act: string; readonly mark: string; readonly type: string }

export type KillRun = {
  readonly kills: readonly Kill[]
  readonly acknowledged: readonly Acknowledged[]
  /** Marks of acts whose answer was lost: they may have happened, once. */
  readonly unanswered: readonly string[]
  readonly settledMs: number
  readonly board: Board
}

export type KillPlan = {
  readonly kills: number
  readonly seed: number
  readonly say: (sentence: string) => void
}

const VICTIMS: readonly (readonly [Victim, number])[] = [
  ['server', 38],
  ['router', 22],
  ['both routers', 6],
  ['keeper', 10],
  ['instance', 24],
]
/** Releases go one by one: what waits may take long, but something must always move. */
const STILL_MS_MAX = 60_000

export async function killRun(
  installed: Installation,
  repository: ShopRepository,
  plan: KillPlan,
): Promise<KillRun> {
  const random = seeded(plan.seed)
  const person = createPerson(installed)
  const kills: Kill[] = []
  for (let round = 0; round < plan.kills; round += 1) {
    if (round % 2 === 0) repository.change()
    const acting = person.actSoon(round, random)
    await sleep(random() * 400)
    const kill = await killOne(installed, pickVictim(random), random)
    kills.push(kill)
    plan.say(`${round + 1}: killed ${kill.what} ${kill.pids.join(' and ')}`)
    // A person sees that nothing keeps the program running, and starts it again.
    if (kill.what === 'keeper') {
      await sleep(random() * 1_500)
      await mustBeUp(installed, repository.folder)
    }
    await acting
    await sleep(300 + random() * 3_500)
  }
  plan.say('the last kill is over; it has to settle')
  const from = performance.now()
  const board = await settle(installed, repository, person)
  return {
    kills,
    acknowledged: person.acknowledged,
    unanswered: person.unanswered,
    settledMs: performance.now() - from,
    board,
  }
}

export async function mustBeUp(installed: Installation, folder: string): Promise<void> {
  const answer = await installed.up(folder)
  if (answer.code !== 0)
    throw new Error(`"sluice up" ended with ${answer.code}: ${answer.stderr}${answer.stdout}`)
}

async function killOne(installed: Installation, wish: Victim, random: () => number): Promise<Kill> {
  const routers = programs('router', installed.state)
  const running = instances(installed.state)
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const instance = wish === 'instance' ? pick(running) : undefined
  const what = wish === 'instance' && instance === undefined ? 'server' : wish
  const pids = {
    server: () => programs('server', installed.state),
    router: () => [pick(routers)].filter((pid) => pid !== undefined),
    'both routers': () => routers,
    keeper: () => programs('keeper', installed.state),
    instance: () => (instance ? [instance.pid] : []),
  }[what]()
  const isRouter = what === 'router' || what === 'both routers'
  const fromMs = performance.now()
  const clientPorts = new Set(
    isRouter ? pids.flatMap((pid) => [...clientPortsOf(pid, installed.routerPort)]) : [],
  )
  const wasLastRouter =
    isRouter && !routers.some((pid) => !pids.includes(pid) && listensOn(pid, installed.routerPort))
  // An instance is killed with all it started: a machine that fails takes the whole of it.
  for (const pid of pids) killNow(instance ? -pid : pid)
  const others = running.filter(
    (other) =>
      other.pid !== instance?.pid && other.stage === instance?.stage && other.release === instance.release,
  )
  return {
    what,
    pids,
    fromMs,
    atMs: performance.now(),
    clientPorts,
    wasLastRouter,
    instance: instance && { ...instance, wasOnlyOne: others.length === 0 },
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself at this very moment.
  }
}

function createPerson(installed: Installation) {
  const acknowledged: Acknowledged[] = []
  const unanswered: string[] = []
  const attempt = async (
    act: Parameters<Installation['act']>[0],
    body: Readonly<Record<string, unknown>>,
    { mark, type }: { readonly mark: string; readonly type: string },
  ): Promise<void> => {
    try {
      const { status } = await installed.act(act, body)
      if (status === 200) acknowledged.push({ act, mark, type })
    } catch {
      unanswered.push(mark)
    }
  }
  const stageOf = async (name: string): Promise<StageView | undefined> =>
    (await installed.board().catch(() => undefined))?.services[0]?.stages.find(({ stage }) => stage === name)

  const unlockAll = async (stage: string): Promise<void> => {
    for (const lock of (await stageOf(stage))?.locks ?? [])
      await attempt('unlock', { stage, lock: lock.id }, { mark: lock.id, type: 'stage-unlocked' })
  }
  const unpin = async (stage: string, mark: string): Promise<void> => {
    if ((await stageOf(stage))?.pin)
      await attempt('unpin', { stage, reason: mark }, { mark, type: 'stage-unpinned' })
  }
  const actSoon = async (round: number, random: () => number): Promise<void> => {
    const mark = `act ${round} ${Math.floor(random() * 1e9)}`
    const draw = random()
    await sleep(random() * 500)
    const stage = draw < 0.5 ? 'production' : 'staging'
    const kind = Math.floor(random() * 5)
    if (kind === 0) await attempt('lock', { stage, reason: mark }, { mark, type: 'stage-locked' })
    if (kind === 1 || kind === 2) await unlockAll(stage)
    if (kind === 3) await attempt('rollback', { stage, reason: mark }, { mark, type: 'rollout-started' })
    if (kind === 4) await unpin(stage, mark)
  }
  return { acknowledged, unanswered, actSoon, unlockAll, unpin, attempt }
}

type Person = ReturnType<typeof createPerson>

/** One last good change; the person opens what they or the machine closed, and it must be live everywhere. */
async function settle(installed: Installation, repository: ShopRepository, person: Person): Promise<Board> {
  const last = repository.change()
  let [seen, seenMs] = ['', performance.now()]
  for (let look = 0; performance.now() - seenMs < STILL_MS_MAX; look += 1) {
    const board = await installed.board().catch(() => undefined)
    const service = board?.services[0]
    if (board && service?.stages.every(({ live, rollout }) => live?.sha === last && rollout === null))
      return board
    for (const { stage, pin, locks, suspects } of service?.stages ?? []) {
      // Naming a suspect is the person's answer to a held gate; it is taken back below.
      for (const release of suspects) {
        const mark = `suspect ${stage} ${look} #${release}`
        await person.attempt('reject', { release, reason: mark }, { mark, type: 'change-rejected' })
      }
      if (locks.length > 0) await person.unlockAll(stage)
      if (pin) await person.unpin(stage, `settle ${stage} ${look}`)
    }
    // The board shows the newest only; after many kills what blocks them may be older.
    for (const { release, rejected } of await installed.releases('shop', 500).catch(() => []))
      if (rejected) {
        const mark = `settle #${release} ${look}`
        await person.attempt('unreject', { release, reason: mark }, { mark, type: 'change-unrejected' })
      }
    const now = JSON.stringify(
      service?.stages.map(({ stage, live, rollout, waiting }) => ({
        stage,
        live: live?.release,
        rollout: rollout && [rollout.release, rollout.phase, rollout.why],
        waiting,
      })),
    )
    if (now !== seen) [seen, seenMs] = [now, performance.now()]
    await sleep(300)
  }
  throw new Error(`nothing moved for ${STILL_MS_MAX / 1000} s: ${seen}`)
}

function pickVictim(random: () => number): Victim {
  let draw = random() * VICTIMS.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [victim, weight] of VICTIMS) {
    draw -= weight
    if (draw < 0) return victim
  }
  return 'server'
}

/** A small generator with one seed (mulberry32): the same seed draws the same run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
