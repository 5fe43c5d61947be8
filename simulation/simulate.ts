// One seed from beginning to end: hours of faults and bad manners, then peace, in which everything must come to rest.
import type { Coordinator } from '../src/coordinator/coordinator.ts'
import type { EverywhereCommand } from '../src/domain/everywhere/decide.ts'
import type { PersonCommand } from '../src/domain/service/command.ts'
import { SERVICE } from './draw-definition.ts'
import { EPISODES, type Episode, type FaultName } from './faults.ts'
import { drawEverywhereAct, isEverywhere } from './everywhere-acts.ts'
import type { Random } from './random.ts'
import { checkRest } from './invariants/rest.ts'
import type { Violation } from './invariants/rules.ts'
import { createLives, type Lives } from './lives.ts'
import type { Sabotage } from './sabotage.ts'
import type { Size } from './size.ts'
import { createTeam } from './team.ts'
import { drawAct } from './workload.ts'
import { createWorld, type World } from './world.ts'

export type SimulationOptions = {
  readonly show?: (line: string) => void
  readonly sabotage?: Sabotage
  /** Else it is drawn. */
  readonly size?: Size['name']
}

export type SimulationResult = {
  readonly seed: string
  readonly hash: string
  readonly violation: Violation | undefined
  readonly lastLines: readonly string[]
  readonly faults: ReadonlyMap<FaultName, number>
  readonly events: ReadonlyMap<string, number>
  readonly plan: World['plan']
  /** What people did, and when. */
  readonly script: readonly ScriptLine[]
  readonly virtualMs: number
  readonly jumps: number
}

export type ScriptLine = { readonly atMs: number; readonly did: PersonCommand | EverywhereCommand | string }

export type Acts = {
  readonly acknowledged: {
    readonly name: string
    readonly version: number
    readonly types: readonly string[]
  }[]
  readonly refused: Set<string>
}

const MINUTE_MS = 60_000

export async function simulate(seed: string, options: SimulationOptions = {}): Promise<SimulationResult> {
  const world = createWorld(seed, options)
  const { clock, trace, rules } = world
  trace.add(`${world.size.name}, plan ${JSON.stringify(world.plan)}`)
  const lives = createLives(world)
  const script: ScriptLine[] = []
  const acts: Acts = { acknowledged: [], refused: new Set() }
  const stop = (): boolean => rules.violation() !== undefined

  world.git.push({ subject: 'the beginning' })
  lives.boot()
  const [shortMs, longMs] = world.size.chaosMs
  const chaosMs = world.random.fork('length').int(shortMs / MINUTE_MS, longMs / MINUTE_MS) * MINUTE_MS
  const isChaos = (): boolean => clock.monotonicMs() < chaosMs
  scheduleTeam(world, script, isChaos)
  scheduleOperator(world, lives, acts, script, isChaos)
  for (const episode of EPISODES) scheduleEpisode(world, lives, episode, isChaos)
  await clock.run(chaosMs, stop)
  if (!stop()) await checkRest(world, lives, acts, stop)

  lives.killSecond()
  lives.restartsAfter(1e12, 1e12)
  lives.killPrimary('at the end')
  const violation = rules.violation()
  if (violation) trace.add(`BROKEN ${violation.rule}: ${violation.detail}`)
  return {
    seed,
    hash: trace.hash(),
    violation,
    lastLines: trace.last(21),
    faults: world.faults.counts(),
    events: rules.eventCounts(),
    plan: world.plan,
    script,
    virtualMs: clock.monotonicMs(),
    jumps: clock.jumps(),
  }
}

/** Does something again and again, at times that chance names, while `goesOn`. */
function repeat(world: World, nextMs: () => number, goesOn: () => boolean, deed: () => void): void {
  world.clock.after(nextMs(), () => {
    if (!goesOn()) return
    deed()
    repeat(world, nextMs, goesOn, deed)
  })
}

function scheduleTeam(world: World, script: ScriptLine[], goesOn: () => boolean): void {
  const random = world.random.fork('team')
  const team = createTeam(world, random)
  const paceMs = random.pick(world.size.teamMs)
  repeat(
    world,
    () => random.int(Math.round(paceMs / 4), 2 * paceMs),
    goesOn,
    () => {
      const did = team.push()
      world.trace.add(`pushed ${did}`)
      script.push({ atMs: world.clock.monotonicMs(), did: `push ${did}` })
      world.source.hint()
    },
  )
}

function scheduleOperator(
  world: World,
  lives: Lives,
  acts: Acts,
  script: ScriptLine[],
  goesOn: () => boolean,
): void {
  const random = world.random.fork('operator')
  const paceMs = random.pick(world.size.operatorMs)
  let count = 0
  repeat(
    world,
    () => random.int(1_000, 2 * paceMs),
    goesOn,
    () => {
      const life = (random.chance(0.4) ? lives.second() : undefined) ?? lives.primary()
      if (!life) return
      const { coordinator } = life
      count += 1
      const name = `op-${count}`
      const over = random.fork(`everywhere-${name}`)
      if (world.other && over.chance(0.2))
        return pressEverywhere(world, over, name, acts, script, coordinator)
      const act = drawAct({
        random,
        size: world.size,
        state: coordinator.state(SERVICE),
        tick: (stage) => coordinator.tick(SERVICE, stage),
        git: world.git,
        at: world.clock.wallMs(),
        name,
      })
      if (!act) return
      script.push({ atMs: world.clock.monotonicMs(), did: act })
      press(world, act, acts, coordinator.handle(SERVICE, act))
    },
  )
}

function pressEverywhere(
  world: World,
  random: Random,
  name: string,
  acts: Acts,
  script: ScriptLine[],
  coordinator: Coordinator,
): void {
  const act = drawEverywhereAct(random, {
    name,
    at: world.clock.wallMs(),
    state: coordinator.state(SERVICE),
    size: world.size,
    standing: world.rules.everywhere.standing(),
  })
  if (!act) return
  script.push({ atMs: world.clock.monotonicMs(), did: act })
  if (!isEverywhere(act)) return press(world, act, acts, coordinator.handle(SERVICE, act))
  const what = `${name} ${act.type} ${act.stage}`
  world.trace.add(`${what} is asked for`)
  coordinator.everywhere.handle(act).then(
    (outcome) =>
      world.trace.add(`${what} ${outcome.done ? 'is done' : `is refused: ${outcome.refusal.code}`}`),
    (error: unknown) => world.trace.add(`${what} got no answer: ${String(error)}`),
  )
}

function press(
  world: World,
  act: PersonCommand,
  acts: Acts,
  answer: ReturnType<NonNullable<ReturnType<Lives['primary']>>['coordinator']['handle']>,
): void {
  const name = act.by.kind === 'person' ? act.by.name : ''
  const what = `${name} ${act.type}${'stage' in act && act.stage !== undefined ? ` ${act.stage}` : ''}`
  world.trace.add(`${what} is asked for`)
  answer.then(
    (outcome) => {
      if (outcome.done) {
        const types = outcome.events.map(({ type }) => type)
        acts.acknowledged.push({ name, version: outcome.version, types })
      } else acts.refused.add(name)
      world.trace.add(`${what} ${outcome.done ? 'is done' : `is refused: ${outcome.refusal.code}`}`)
    },
    (error: unknown) => world.trace.add(`${what} got no answer: ${String(error)}`),
  )
}

function scheduleEpisode(world: World, lives: Lives, episode: Episode, goesOn: () => boolean): void {
  const random = world.random.fork(`episode-${episode}`)
  repeat(
    world,
    () => random.int(1, world.size.episodeMs),
    goesOn,
    () => {
      if (world.faults.hits(episode)) happen(world, lives, episode)
    },
  )
}

function happen(world: World, lives: Lives, episode: Episode): void {
  const { clock, faults, router, target } = world
  switch (episode) {
    case 'crash':
      return lives.killPrimary('at any moment')
    case 'reboot':
      lives.killSecond()
      lives.killPrimary('with the machine')
      world.builder.reboot()
      world.tasks.reboot()
      router.restart()
      return target.reboot()
    case 'second-coordinator':
      lives.bootSecond()
      return clock.after(faults.spanMs(episode, 5_000, 20 * MINUTE_MS), () => lives.killSecond())
    case 'wall-forward':
      return clock.jumpWall(faults.spanMs(episode, 1_000, 40 * MINUTE_MS))
    case 'wall-back':
      return clock.jumpWall(-faults.spanMs(episode, 1_000, 40 * MINUTE_MS))
    case 'wall-back-long':
      return clock.jumpWall(-faults.spanMs(episode, 12 * 60 * MINUTE_MS, 36 * 60 * MINUTE_MS))
    case 'router-restarts':
      return router.restart()
    case 'router-silent':
      return router.silence(faults.spanMs(episode, 20_000, 12 * MINUTE_MS))
    case 'instance-dies':
      return target.oneDies()
    case 'instance-replaced':
      return target.oneIsReplaced()
    case 'neighbour-trouble':
      return target.trouble(faults.spanMs(episode, 20_000, 4 * MINUTE_MS))
    case 'memory-short':
      return target.shortOfMemory(faults.spanMs(episode, 20_000, 10 * MINUTE_MS))
  }
}
