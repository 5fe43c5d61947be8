// Tells a service's story in tests: a line of commits, what the outside answered, what people pressed. Every event goes
// through the real decide, evolve and due; nothing is put into the state by hand.
import { expect } from 'vitest'
import type { Change, MessageFacts } from '../../change/change.ts'
import { machine } from '../../names.ts'
import type { ServiceDefinition, StageDefinition } from '../../pipeline/definition.ts'
import type { PersonCommand, ServiceCommand } from '../command.ts'
import { decide } from '../decide.ts'
import type { Refusal } from '../decision.ts'
import { due } from '../due.ts'
import type { Intent } from '../intent.ts'
import type { ServiceEvent } from '../event.ts'
import { evolve } from '../evolve.ts'
import type { Finding } from '../finding.ts'
import { initialService, stageOf, type ServiceState, type StageState } from '../state.ts'

const STAGE: Omit<StageDefinition, 'stage'> = {
  instances: 2,
  traffic: 'expected',
  bake: null,
  window: null,
  rollout: [{ kind: 'all', percent: 100, soakMs: 0 }],
  checks: [],
  inconclusive: 'promote',
  caught: 'go-back',
  watchMs: 0,
  drainMs: 1_000,
  passAfterMs: 0,
  env: {},
  renamedFrom: null,
}

export function stage(name: string, more: Partial<StageDefinition> = {}): StageDefinition {
  return { ...STAGE, stage: name, ...more }
}

export const BAKE = { forMs: 60_000, requests: 10, ownMs: 6_000 }
export const STEPS: StageDefinition['rollout'] = [
  { kind: 'one-box', percent: 10, soakMs: 1_000 },
  { kind: 'share', percent: 50, soakMs: 1_000 },
  { kind: 'all', percent: 100, soakMs: 0 },
]
export const STAGING = stage('staging', { bake: BAKE })
export const PRODUCTION = stage('production', { rollout: STEPS, inconclusive: 'extend' })

export function service(stages: readonly StageDefinition[] = [STAGING, PRODUCTION]): ServiceDefinition {
  return {
    service: 'shop',
    source: { git: '/srv/shop', branch: 'main', pollMs: 1_000 },
    build: { command: 'true', output: '.', limitMs: 1_000, env: {} },
    run: { command: 'true', health: { path: '/', waitMs: 1_000 }, userKey: null, env: {}, termMs: 1_000 },
    zone: 'UTC',
    stages,
  }
}

/** Names that read like the number they are for: `sha(4)` starts with `4444444`. */
export function sha(release: number): string {
  return (
    String(release)
      .repeat(40)
      .slice(0, 38 - String(release).length) +
    'a'.repeat(2) +
    String(release)
  )
}

export type Says = Partial<MessageFacts>

export function change(number: number, says: Says = {}): Change {
  const person = { name: `author${number}`, email: `author${number}@shop.example` }
  return {
    sha: sha(number),
    author: person,
    committer: person,
    coAuthors: [],
    subject: `change ${number}`,
    committedAtMs: number,
    pullRequest: number + 100,
    says: {
      revertsCommits: [],
      revertsPullRequests: [],
      fixes: [],
      contains: [],
      cherryPickedFrom: [],
      ...says,
    },
  }
}

export type Wish<Command> = Command extends unknown ? Omit<Command, 'at' | 'by'> : never

type RoundWish = Omit<Wish<Extract<PersonCommand, { type: 'hotfix' }>>, 'type'>

function hashed(text: string): string {
  let hash = 7
  for (const sign of text) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 0xffffffff
  return hash.toString(16)
}

export class Story {
  state: ServiceState = initialService
  now: number
  readonly events: ServiceEvent[] = []
  #merged = 0

  constructor(definition: ServiceDefinition = service(), now = 1_000_000) {
    this.now = now
    this.#handle({ type: 'configure', definition, at: now, by: machine('test') })
  }

  /** The outside does everything that is due, at once and well, until nothing but time could change anything. */
  settle(): this {
    for (let turns = 0; turns < 200; turns += 1) {
      const intent = due(this.state, this.now).find(({ do: kind }) => kind !== 'wake')
      if (!intent) return this
      this.carryOut(intent)
    }
    throw new Error(`the story does not settle: ${JSON.stringify(due(this.state, this.now))}`)
  }

  /** The outside does one of the things that are due; the machine's own moves come first, as in the coordinator. */
  turn(which: number): this {
    const intents = due(this.state, this.now).filter(({ do: kind }) => kind !== 'wake')
    const intent = intents.find(({ do: kind }) => kind === 'decide') ?? intents[which % intents.length]
    if (intent) this.carryOut(intent)
    return this
  }

  /** Commits land on the branch, each with what its message says. */
  merge(...said: readonly Says[]): this {
    const changes = (said.length === 0 ? [{}] : said).map((says) => change((this.#merged += 1), says))
    const after = this.state.releases[this.state.head]?.change.sha ?? null
    return this.report({ type: 'report-changes', after, changes })
  }

  /** `#n` goes through staging and production, well, all the way. */
  shipped(...said: readonly Says[]): this {
    for (const says of said.length === 0 ? [{}] : said)
      this.merge(says).settle().ownServed('staging').baked('staging').settle().soaked('production')
    return this
  }

  /** A hotfix of changes of the line (by number), or of a commit of a branch (by name), upon what production runs. */
  hotfix(what: readonly (number | string)[], more: Partial<RoundWish> = {}): RoundWish & { type: 'hotfix' } {
    return { ...this.#round(what, more), ...more, type: 'hotfix' }
  }

  emergency(
    what: readonly (number | string)[] | number,
    more: Partial<RoundWish> & { rejected?: readonly number[] } = {},
  ): RoundWish & { type: 'emergency'; rejected: readonly number[] } {
    const wish =
      typeof what === 'number'
        ? { ...this.#round([], more), what: { release: what } }
        : this.#round(what, more)
    return { rejected: [], ...wish, ...more, type: 'emergency' }
  }

  #round(what: readonly (number | string)[], more: Partial<RoundWish>): RoundWish {
    const stageName = more.stage ?? this.state.definition?.stages.at(-1)?.stage ?? ''
    const onto = more.keeps ?? this.live(stageName) ?? 0
    const picked = what.map((one) =>
      typeof one === 'number' ? { sha: sha(one), release: one } : { sha: one, release: null },
    )
    // The same commits upon the same base make the same commit.
    const name = `${onto}${picked.map((commit) => commit.sha).join('')}`
    const made = {
      ...change(onto),
      sha: `f${hashed(name)}`.padEnd(40, '0'),
      subject: `hotfix ${what.join()}`,
    }
    return {
      stage: stageName,
      what: { onto, picked, change: made },
      locks: [],
      reason: 'it burns',
      tick: 0,
    }
  }

  report(command: Wish<Exclude<ServiceCommand, PersonCommand>>): this {
    // Adding back what `Wish` took away.
    this.#handle({ ...command, at: this.now, by: machine('test') } as ServiceCommand)
    return this
  }

  /** A person's act that must be allowed. */
  person(command: Wish<PersonCommand>): this {
    const refusal = this.#handle({
      ...command,
      at: this.now,
      by: { kind: 'person', name: 'anna' },
    } as ServiceCommand)
    expect(refusal, `${command.type} is refused`).toBeUndefined()
    return this
  }

  /** A person's act that may be allowed or refused. */
  tries(command: Wish<PersonCommand>): Refusal | undefined {
    return this.#handle({ ...command, at: this.now, by: { kind: 'person', name: 'anna' } } as ServiceCommand)
  }

  /** A person's act that must be refused; nothing may be added. */
  refused(command: Wish<PersonCommand>): Refusal {
    const before = this.events.length
    const refusal = this.#handle({
      ...command,
      at: this.now,
      by: { kind: 'person', name: 'anna' },
    } as ServiceCommand)
    expect(this.events.length).toBe(before)
    if (!refusal) throw new Error(`${command.type} was not refused`)
    return refusal
  }

  found(stageName: string, finding: Finding): this {
    return this.report({ type: 'report-finding', stage: stageName, finding, tick: 0 })
  }

  ownServed(stageName: string): this {
    const live = this.stage(stageName).live
    return live ? this.found(stageName, { found: 'own-served', release: live.release }) : this
  }

  /** Everything in the stage has baked, and is proven. */
  baked(stageName: string, proof: 'proven' | 'inconclusive' = 'proven'): this {
    const live = this.stage(stageName).live
    const changes = Object.keys(this.state.releases)
      .map(Number)
      .filter((release) => release <= (live?.release ?? 0))
    return live ? this.found(stageName, { found: 'bake-over', release: live.release, changes, proof }) : this
  }

  /** Every step of the rollout under way is soaked, well, to its end. */
  soaked(stageName: string): this {
    for (let steps = 0; steps < 20; steps += 1) {
      this.settle()
      const { rollout } = this.stage(stageName)
      if (rollout?.phase !== 'soaking') return this
      this.step(stageName)
    }
    return this
  }

  /** One step is soaked. */
  step(stageName: string): this {
    const { rollout } = this.stage(stageName)
    if (!rollout) throw new Error(`no rollout is under way in ${stageName}`)
    return this.found(stageName, {
      found: 'step-soaked',
      release: rollout.release,
      rollout: rollout.rollout,
      step: rollout.step,
      proof: 'proven',
    })
  }

  against(
    stageName: string,
    during: 'rollout' | 'bake' | 'watch',
    options: { readonly alone?: boolean } = {},
  ): this {
    const { rollout, live } = this.stage(stageName)
    const release = during === 'rollout' ? rollout?.release : live?.release
    if (release === undefined) throw new Error(`nothing is on trial in ${stageName}`)
    return this.found(stageName, {
      found: 'against',
      release,
      during,
      rollout: during === 'rollout' ? (rollout?.rollout ?? null) : null,
      what: 'it fails',
      cause: 'verdict',
      alone: options.alone ?? false,
    })
  }

  stage(name: string): StageState {
    return stageOf(this.state, name)
  }

  live(name: string): number | undefined {
    return this.stage(name).live?.release
  }

  /** Types of events since a place in the story. */
  typesSince(place: number): readonly string[] {
    return this.events.slice(place).map((event) => event.type)
  }

  #handle(command: ServiceCommand): Refusal | undefined {
    const decision = decide(this.state, command)
    if ('refusal' in decision) return decision.refusal
    for (const event of decision.events) {
      this.events.push(event)
      this.state = evolve(this.state, event)
    }
    return undefined
  }

  carryOut(intent: Intent): void {
    switch (intent.do) {
      case 'decide': {
        const before = this.events.length
        const refusal = this.#handle(intent.command)
        if (this.events.length === before)
          throw new Error(`what is due changes nothing: ${JSON.stringify({ ...intent.command, refusal })}`)
        return
      }
      case 'build':
        this.report({ type: 'report-build-started', release: intent.release, attempt: intent.attempt })
        this.report({
          type: 'report-build-done',
          release: intent.release,
          attempt: intent.attempt,
          artifact: `sha256-${intent.release}`,
          run: this.state.definition?.run ?? service().run,
          sizeBytes: 1,
        })
        return
      case 'scale':
      case 'shrink': {
        const { release, count } = intent.fleet
        const instances = Array.from({ length: count }, (_, index) => ({
          id: `${intent.stage}-${release}-${index}`,
          host: '127.0.0.1',
          port: 1000 + release * 10 + index,
        }))
        this.report({
          type: 'report-fleet',
          stage: intent.stage,
          release,
          count,
          instances,
          workers: intent.fleet.workers,
          askedAt: this.state.version,
        })
        return
      }
      case 'run-command':
      case 'end-command': {
        const { stage: name, release, rollout, attempt } = intent
        const run = { stage: name, release, rollout, attempt, message: '', tick: 0 } as const
        if (intent.do === 'run-command' && !intent.isStarted)
          this.report({ type: 'report-release-command', ...run, outcome: 'started' })
        else this.report({ type: 'report-release-command', ...run, outcome: 'passed' })
        return
      }
      case 'route':
        this.report({
          type: 'report-routed',
          stage: intent.stage,
          generation: intent.generation,
          arms: intent.arms,
          tracks: intent.tracks,
          rulesAt: intent.rulesAt,
        })
        return
      case 'prepare-revert':
        this.report({
          type: 'report-revert',
          release: intent.release,
          made: { branch: `revert-${intent.release}`, fetchFrom: null },
          message: '',
        })
        return
      case 'check-beside':
        this.report({
          type: 'report-beside-check',
          stage: intent.stage,
          release: intent.release,
          check: intent.check.check,
          passed: true,
          message: 'well',
        })
        return
      case 'check':
        this.report({
          type: 'report-check',
          stage: intent.stage,
          release: intent.release,
          rollout: intent.rollout,
          step: intent.step,
          check: intent.check.check,
          passed: true,
          message: 'well',
          tick: 0,
        })
        return
      case 'wake':
    }
  }
}
