// A small program that behaves, for tests of what stands before it: two services, locks, pins, a rollback that takes
// two steps. It keeps the promises of `Control` that the server and the CLI rely on.
import type { ActName, ActOutcome } from '../../src/api/acts.ts'
import type { AuditRow, Board, ReleaseRow, ServiceView, StageView } from '../../src/api/board.ts'
import { CHAIN_START, chainHash, chainLine } from '../../src/api/audit-chain.ts'
import { backlogOf } from './memory-backlog.ts'
import type { Control } from '../../src/server/control.ts'
import { memoryMeasures, type MemoryMeasures } from './memory-measures.ts'
import { memoryTraffic, type MemoryTraffic } from './memory-traffic.ts'

export const AT = Date.UTC(2026, 10, 20, 9, 0)

export type MemoryControl = Omit<Control, 'traffic' | 'measures'> & {
  readonly measures: MemoryMeasures
  readonly traffic: MemoryTraffic
  readonly asked: {
    readonly act: ActName
    readonly service: string
    readonly person: string
    readonly dryRun: boolean
    readonly body: unknown
  }[]
  readonly poked: string[]
  change(): void
  readyNow: { ready: boolean; why: string }
  /** Thrown by the next board, once. */
  failNext: Error | null
  services: ServiceView[]
  log: { text: string; ended: boolean }
  /** Called with each rollback, to let it end by and by. */
  onRollback: (stage: StageView, to: number) => void
}

export function row(release: number, more: Partial<ReleaseRow> = {}): ReleaseRow {
  return {
    release,
    name: `#${release}`,
    origin: { kind: 'line', text: null, onto: null },
    sha: `${release.toString(16).padStart(2, '0')}f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5`.slice(0, 40),
    subject: `Change number ${release}`,
    author: 'Anna Berg',
    mergedBy: null,
    coAuthors: [],
    pullRequest: release + 100,
    mergedAt: AT - (20 - release) * 3_600_000,
    build: { state: 'done', attempt: 1, message: null, startedAt: AT - 60_000, endedAt: AT - 30_000 },
    rejected: null,
    revert: null,
    lifts: [],
    standings: [],
    artifact: 'sha256-aa',
    address: null,
    ...more,
  }
}

export function stageView(stage: string, live: number | null, more: Partial<StageView> = {}): StageView {
  return {
    stage,
    addresses: [`http://${stage}.shop.localhost`],
    isLast: false,
    live: live === null ? null : row(live),
    liveSince: live === null ? null : AT - 7_200_000,
    warm: [],
    rollout: null,
    bake: null,
    watch: null,
    locks: [],
    approve: null,
    wayRound: null,
    beside: null,
    lane: 'normal',
    pin: null,
    retired: null,
    window: null,
    budget: null,
    suspects: [],
    search: null,
    waiting: [],
    couldGoBackTo: [],
    arms: [],
    routerSeen: true,
    unseen: null,
    ...more,
  }
}

const AUDIT_LINES = chainOf('locked', 'unlocked')

function chainOf(...types: readonly string[]): readonly string[] {
  let before = CHAIN_START
  return types.map((type, index) => {
    const event = { position: index + 1, stream: 'service/shop', version: index + 1, type, data: '{}' }
    const hash = chainHash(before, event)
    const line = chainLine(event, before, hash)
    before = hash
    return line
  })
}

function shop(): ServiceView {
  const staging = stageView('staging', 12, {
    bake: {
      changes: [{ release: 12, watchedMs: 1_200_000, requests: 40 }],
      forMs: 3_600_000,
      requests: 100,
      ownMs: 360_000,
      ownServedMs: 360_000,
      hold: null,
      asked: null,
    },
  })
  const waiting = [
    { release: 12, why: [{ code: 'bake/running', text: 'bakes in staging', until: AT + 2_400_000 }] },
  ]
  return {
    service: 'shop',
    git: '/srv/shop',
    branch: 'main',
    sourceTrouble: null,
    rewritten: null,
    releases: [12, 11, 10].map((release) => row(release)),
    stages: [staging, stageView('production', 11, { isLast: true, waiting, couldGoBackTo: [10, 9] })],
  }
}

export function memoryControl(
  services: ServiceView[] = [shop(), { ...shop(), service: 'blog', git: '/srv/blog' }],
): MemoryControl {
  const listeners = new Set<(position: number) => void>()
  const audit: AuditRow[] = []
  let position = 40

  function change(): void {
    position++
    for (const listener of listeners) listener(position)
  }
  function replace(service: string, stage: string, how: (now: StageView) => StageView): void {
    control.services = control.services.map((one) =>
      one.service === service
        ? { ...one, stages: one.stages.map((two) => (two.stage === stage ? how(two) : two)) }
        : one,
    )
  }
  function note(service: string, person: string, type: string, text: string): void {
    change()
    audit.unshift({
      position,
      at: AT,
      by: { kind: 'person', name: person },
      service,
      stage: null,
      release: null,
      type,
      text,
      data: {},
    })
  }
  function outcome(text: string, dryRun: boolean): ActOutcome {
    return { done: !dryRun, refusal: null, position: dryRun ? null : position, lock: null, text }
  }
  function refused(code: string, text: string): ActOutcome {
    return { done: false, refusal: { code, text }, position: null, lock: null, text }
  }

  type Asked = {
    act: ActName
    service: string
    body: Record<string, unknown>
    person: string
    dryRun: boolean
  }
  function act({ act: name, service, body, person, dryRun }: Asked): ActOutcome {
    const stage = typeof body['stage'] === 'string' ? body['stage'] : ''
    const view = control.services
      .find((one) => one.service === service)
      ?.stages.find((one) => one.stage === stage)
    if (name === 'lock') {
      const reason = String(body['reason'])
      const forMs = typeof body['forMs'] === 'number' ? body['forMs'] : 4 * 3_600_000
      if (!dryRun) {
        const lock = {
          id: `lock_${position}`,
          owner: person,
          reason,
          since: AT,
          expiresAt: AT + forMs,
          opensAt: AT + forMs,
          incident: null,
          suspect: null,
          hard: false,
          everywhere: false,
        }
        replace(service, stage, (now) => ({ ...now, locks: [...now.locks, lock] }))
        note(service, person, 'lock-set', `${person} locked ${stage}: ${reason}`)
        return { ...outcome(`${stage} is locked; nothing enters it`, false), lock: lock.id }
      }
      return outcome(`${stage} is locked; nothing enters it`, dryRun)
    }
    if (name === 'unlock') {
      if (view?.locks.length === 0) return refused('lock/none', `${stage} is not locked`)
      if (!dryRun) {
        replace(service, stage, (now) => ({ ...now, locks: [] }))
        note(service, person, 'lock-lifted', `${person} unlocked ${stage}`)
      }
      return outcome(`#12 goes into ${stage} next`, dryRun)
    }
    if (name === 'rollback' && view !== undefined) {
      const to = typeof body['to'] === 'number' ? body['to'] : view.couldGoBackTo[0]
      if (to === undefined || !view.couldGoBackTo.includes(to))
        return refused(
          'release/not-kept',
          `#${to} is not kept; ${stage} could go back to ${view.couldGoBackTo.map((n) => `#${n}`).join(', ')}`,
        )
      if (!dryRun) {
        note(service, person, 'rollback-asked', `${person} rolled ${stage} back to #${to}`)
        control.onRollback(view, to)
      }
      return outcome(`${stage} goes back to #${to} and is pinned there`, dryRun)
    }
    if (name === 'unreject')
      return refused('release/not-rejected', `#${String(body['release'])} is not rejected`)
    if (!dryRun) note(service, person, `${name}-done`, `${person}: ${name}`)
    return outcome(`${name} is noted`, dryRun)
  }

  const control: MemoryControl = {
    traffic: memoryTraffic(),
    artifacts: {
      add: () => Promise.reject(new Error('nothing is built elsewhere here')),
      kept: async () => [],
    },
    measures: memoryMeasures(),
    asked: [],
    poked: [],
    services,
    readyNow: { ready: true, why: '' },
    failNext: null,
    log: { text: 'installing\nbuilding\ndone\n', ended: true },
    onRollback: () => undefined,
    change,
    board: async (): Promise<Board> => {
      const failure = control.failNext
      control.failNext = null
      if (failure !== null) throw failure
      return { at: AT, position, version: '0.0.0-test', services: control.services }
    },
    act: async (request) => {
      control.asked.push(request)
      return act({ ...request, body: { ...request.body } })
    },
    actEverywhere: async ({ act: name, stage, body, person, dryRun }) => {
      const having = control.services.filter((one) => one.stages.some((two) => two.stage === stage))
      const services = having.map(({ service }) => service)
      if (services.length === 0)
        return { ...refused('stage/unknown', `no service has a stage ${stage}`), services }
      const outcomes = services.map((service) =>
        act({ act: name, service, body: { ...body, stage }, person, dryRun }),
      )
      const [first = outcome('nothing', dryRun)] = outcomes
      return { ...first, text: outcomes.map(({ text }) => text).join('; '), services }
    },
    releases: async (_service, before, limit) =>
      Array.from({ length: 12 }, (_, index) => row(12 - index))
        .filter((one) => before === null || one.release < before)
        .slice(0, limit),
    replay: () => Promise.resolve([]),
    why: async (service, release) => {
      const stages = control.services.find((one) => one.service === service)?.stages ?? []
      return stages.map((one) => ({
        stage: one.stage,
        why: one.waiting.find((two) => two.release === release)?.why ?? [],
      }))
    },
    plan: async () => [
      { stage: 'staging', text: 'is built and enters staging at once', at: AT + 60_000 },
      { stage: 'production', text: 'waits for its bake in staging', at: null },
    ],
    forecast: async (service, without) => ({
      service,
      at: AT,
      without: [...without],
      moves: [
        {
          stage: 'production',
          release: 12,
          name: '#12',
          changes: [12],
          at: AT + 60_000,
          liveAt: AT + 120_000,
          text: '#12 enters production',
        },
      ],
      stays: without.map((release) => ({
        stage: 'production',
        release,
        name: `#${release}`,
        why: [{ code: 'gate/rejected', text: `#${release} was rejected: set aside`, until: null }],
      })),
      isCut: false,
    }),
    backlog: async (service) => backlogOf(service),
    revert: async ({ release, branch = `revert-${release}` }) =>
      release === 10
        ? {
            done: false,
            refusal: {
              code: 'revert/conflict',
              text: '#10 cannot be taken back by itself: a.txt was changed since',
            },
            prepared: null,
            text: '#10 cannot be taken back by itself: a.txt was changed since',
          }
        : {
            done: true,
            refusal: null,
            prepared: {
              branch,
              sha: 'ab'.repeat(20),
              onto: 'cd'.repeat(20),
              message: `Revert "Change number ${release}"\n\nThis reverts commit x.\n`,
              fetchFrom: null,
            },
            text: `the branch ${branch} takes it back`,
          },
    audit: async ({ service, release, before, limit }) =>
      audit
        .filter(
          (one) =>
            (service === null || one.service === service) &&
            (release === null || one.release === release) &&
            (before === null || one.position < before),
        )
        .slice(0, limit),
    auditLines: async (after) => ({ lines: after < 2 ? AUDIT_LINES.slice(after) : [], last: 2 }),
    backup: async () => ({ file: '/nonexistent/backup.sqlite', at: AT, position: 41, bytes: 4096 }),
    backups: async () => [{ file: '/nonexistent/backup.sqlite', at: AT, position: 41, bytes: 4096 }],
    settings: async (_service, stage) => ({
      stage,
      version: 2,
      inForce: 2,
      live: 1,
      waits: [{ code: 'gate/locked', text: 'production is locked by anna: a sale', until: null }],
      settings: [
        { name: 'GREETING', kind: 'plain', value: 'hello', secret: null, from: 'people' },
        { name: 'TOKEN', kind: 'secret', value: null, secret: 1, from: 'people' },
      ],
      history: [
        {
          version: 2,
          at: AT,
          by: { kind: 'person', name: 'anna' },
          reason: 'a new one',
          changed: [{ name: 'TOKEN', kind: 'secret', value: null, secret: 1, from: 'people' }],
          rejected: null,
        },
      ],
    }),
    buildLog: async (_service, _release, offset, limit) => {
      const bytes = Buffer.from(control.log.text)
      return { bytes: bytes.subarray(offset, offset + limit), total: bytes.length, ended: control.log.ended }
    },
    instanceOutput: async (_service, stage, release) => [
      { instance: `${stage}-${release}-1`, text: 'listening\n' },
    ],
    seen: async (_service, stage, release) => ({
      stage,
      release,
      watchedMs: 0,
      countedBy: null,
      sums: [],
      stepMs: 0,
      points: [],
    }),
    addRepository: async ({ folder }) =>
      folder.startsWith('/srv/')
        ? { services: ['shop'], problems: [] }
        : { services: [], problems: [`${folder} is no git repository`] },
    poke: (folder) => void control.poked.push(folder),
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ready: () => control.readyNow,
    metrics: async () => '# HELP sluice_up 1 while it runs\nsluice_up 1\n',
  }
  return control
}
