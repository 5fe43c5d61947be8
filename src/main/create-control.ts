// What the HTTP server asks of the program, answered from the coordinator, the log and the stores.
import type { ActOutcome } from '../api/acts.ts'
import type { AuditRow } from '../api/board.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { sourceInWords } from '../domain/analysis/sources/analysis-definition.ts'
import { believed, type Tick } from '../domain/analysis/tick.ts'
import { seenOverTime, ticksOf } from '../views/seen-over-time.ts'
import { settingsView } from '../views/settings.ts'
import { taskKey } from '../coordinator/task-key.ts'
import { serviceOf, streamOf } from '../coordinator/streams.ts'
import { replay } from '../coordinator/replay.ts'
import { keepPicked } from '../coordinator/prepare-round.ts'
import { inOrder } from '../domain/release-number.ts'
import type { Refusal } from '../domain/service/decision.ts'
import { decide } from '../domain/service/decide.ts'
import { describe } from '../domain/service/describe.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { Control } from '../server/control.ts'
import { auditRow, begins, isAbout } from '../views/audit.ts'
import { releaseRow, serviceView, type ServiceSeen } from '../views/board.ts'
import { whyStanding } from '../views/why.ts'
import type { ActContext } from './act-command.ts'
import { addressesOf, type AddressBook } from './addresses.ts'
import type { Backups } from './backups.ts'
import { createAlarmRows } from './alarm-rows.ts'
import { createArtifactsControl } from './artifacts-control.ts'
import { createEverywhereControl } from './everywhere-control.ts'
import { createForesightControl } from './foresight-control.ts'
import { createRevertControl } from './revert-control.ts'
import { createTouchedCache } from './touched-cache.ts'
import type { MeasureTotals } from './measure-totals.ts'
import { createMeasuresControl } from './measures-control.ts'
import { createTrafficControl } from './traffic-control.ts'
import type { BuiltPorts } from './build-ports.ts'
import { prepareAct } from './prepare-act.ts'
import { programMetrics } from './program-metrics.ts'
import type { Repositories } from './repositories.ts'

export type ControlParts = {
  readonly coordinator: Coordinator
  readonly repositories: Repositories
  readonly ports: BuiltPorts
  readonly backups: Pick<Backups, 'make' | 'list'>
  readonly addresses: AddressBook
  readonly ticksFolder: string
  /** Folder in which archives are unpacked as they come in. */
  readonly uploads: string
  readonly measureTotals: Pick<MeasureTotals, 'text'>
  readonly version: string
  readonly isReady: () => boolean
}

const AUDIT_PAGE = 500

export function createControl(parts: ControlParts): Control {
  const { coordinator, repositories, ports } = parts
  let position = 0
  const seenOf = (service: string): ServiceSeen => ({
    now: ports.clock.now(),
    evidence: (stage) => coordinator.evidence(service, stage),
    addresses: (stage, release) =>
      addressesOf(parts.addresses, coordinator.state(service).definition, stage, release),
    trouble:
      repositories.trouble(service) ??
      coordinator.sourceTrouble(service) ??
      coordinator.troubles(service).find(({ tries }) => tries > 2),
  })
  const defined = (service: string) => {
    const state = coordinator.state(service)
    return state.definition ? { state, definition: state.definition } : undefined
  }
  const audit = async (query: Parameters<Control['audit']>[0]): Promise<readonly AuditRow[]> => {
    const rows: AuditRow[] = []
    let before = query.before ?? Number.MAX_SAFE_INTEGER
    // Nothing was said of a release before it was made.
    let isDone = false
    while (rows.length < query.limit && !isDone) {
      const page = await ports.eventLog.readBefore(before, AUDIT_PAGE)
      for (const stored of page) {
        const service = serviceOf(stored.stream)
        if (service === undefined || (query.service !== null && query.service !== service)) continue
        // Events are ours, and never renamed.
        const event = stored.data as ServiceEvent
        if (query.release !== null && !isAbout(event, query.release)) continue
        rows.push(auditRow(stored.position, service, event))
        isDone = query.release !== null && begins(event, query.release)
        if (rows.length === query.limit || isDone) break
      }
      const oldest = page.at(-1)
      if (!oldest || page.length < AUDIT_PAGE) break
      before = oldest.position
    }
    return rows
  }
  ports.eventLog.onAppend((newest) => {
    position = newest
  })

  return {
    traffic: createTrafficControl({
      coordinator,
      lookups: ports.lookups,
      router: ports.router,
      clock: ports.clock,
    }),
    artifacts: createArtifactsControl({
      coordinator,
      artifacts: ports.artifacts,
      uploads: parts.uploads,
      clock: ports.clock,
    }),
    measures: createMeasuresControl({ coordinator, store: ports.measures, clock: ports.clock }),
    board: async () => ({
      at: ports.clock.now(),
      position,
      version: parts.version,
      services: coordinator
        .services()
        .toSorted()
        .flatMap((service) => {
          const known = defined(service)
          return known ? [serviceView(known.state, known.definition, seenOf(service))] : []
        }),
    }),
    act: async ({ act, service, body, person, dryRun }) => {
      const contextWith = (secret: number): ActContext => ({
        person,
        at: ports.clock.now(),
        newId: (prefix) => ports.ids.next(prefix),
        tick: (stage) => coordinator.tick(service, stage),
        secret,
      })
      const state = coordinator.state(service)
      const prepared = await prepareAct({ act, body, ports, state, contextWith })
      if ('refusal' in prepared) return refused(prepared.refusal)
      const { commandWith } = prepared
      // What is refused keeps no secret either.
      if (dryRun || act === 'set-secret') {
        const decision = decide(coordinator.state(service), commandWith(0))
        if ('refusal' in decision) return refused(decision.refusal)
        if (dryRun) return done(null, null, decision.events)
      }
      const secret =
        'value' in body ? await ports.secrets.put({ service, stage: body.stage }, body.name, body.value) : 0
      const command = commandWith(secret)
      await keepPicked(ports.source, coordinator.state(service), command)
      const outcome = await coordinator.handle(service, command)
      if (!outcome.done) return refused(outcome.refusal)
      return done(position, lockIn(outcome.events), outcome.events)
    },
    actEverywhere: createEverywhereControl({
      coordinator,
      now: () => ports.clock.now(),
      newLockId: () => ports.ids.next('lock'),
      position: () => position,
    }),
    releases: async (service, before, limit) => {
      const known = defined(service)
      if (!known) return []
      return Object.keys(known.state.releases)
        .map(Number)
        .filter((release) => before === null || inOrder(release, before) < 0)
        .toSorted((a, b) => inOrder(b, a))
        .slice(0, limit)
        .flatMap((release) => releaseRow(known.state, known.definition, release, seenOf(service)) ?? [])
    },
    why: async (service, release) => {
      const known = defined(service)
      if (!known) return []
      return known.definition.stages.map((definition) => ({
        stage: definition.stage,
        why: [...whyStanding(known.state, known.definition, definition, release, seenOf(service))],
      }))
    },
    replay: (service, release) => replay(ports, service, release),
    ...createForesightControl({
      coordinator,
      clock: ports.clock,
      touched: createTouchedCache({ source: ports.source, log: ports.log }),
      alarmRows: createAlarmRows({ ticksFolder: parts.ticksFolder, clock: ports.clock, log: ports.log }),
    }),
    revert: createRevertControl({
      source: ports.source,
      state: (service) => coordinator.state(service),
      now: () => ports.clock.now(),
    }),
    audit,
    auditLines: (after, limit) => ports.eventLog.auditLines(after, limit),
    backup: () => parts.backups.make(),
    backups: () => parts.backups.list(),
    settings: async (service, stage) => settingsView(coordinator.state(service), stage, ports.clock.now()),
    buildLog: async (service, release, offset, limit) => {
      const build = coordinator.state(service).releases[release]?.build
      const key = `${service}/build/${release}/${build?.attempt ?? 1}`
      const log = await ports.builder.log(key, offset, limit)
      return { ...log, ended: build?.state === 'done' || build?.state === 'failed' }
    },
    instanceOutput: async (service, stage, release, limit) => {
      const fleets = await ports.target.look({ service, stage })
      const instances = fleets.find((fleet) => fleet.release === release)?.instances ?? []
      const run = coordinator.state(service).stages[stage]?.command
      const task =
        run?.release === release
          ? await ports.tasks.output(
              taskKey({ service, stage, rollout: run.rollout, attempt: run.attempt }),
              limit,
            )
          : ''
      const outputs = await Promise.all(
        instances.map(async ({ id, process }) => ({
          instance: process === undefined ? id : `${process} ${id}`,
          text: await ports.target.output(id, limit),
        })),
      )
      return task === '' ? outputs : [{ instance: 'release command', text: task }, ...outputs]
    },
    seen: async (service, stage, release) => {
      const evidence = coordinator.evidence(service, stage)
      const ticks: Tick[] = []
      const span = ticksOf(evidence, release)
      if (span)
        for await (const tick of ports.ticks.read({ service, stage }, span.afterSeq)) {
          if (tick.seq > span.toSeq) break
          ticks.push(believed(tick))
        }
      const countedBy = countedIn(coordinator.state(service), stage)
      return seenOverTime({ stage, release, countedBy }, evidence, ticks)
    },
    addRepository: ({ folder, person }) => repositories.add(folder, { kind: 'person', name: person }),
    poke: (folder) => {
      for (const service of repositories.servicesIn(folder)) coordinator.poke(service)
    },
    onChange: (listener) => {
      const off = [coordinator, repositories].map((one) => one.onChange(() => listener(position)))
      return () => {
        for (const each of off) each()
      }
    },
    ready: () => (parts.isReady() ? { ready: true, why: 'ready' } : { ready: false, why: 'recovering' }),
    metrics: () => programMetrics(coordinator, parts.measureTotals.text(ports.clock.now())),
  }
}

/** What the source outside is called that counts in a stage, where one does. */
function countedIn({ definition }: ServiceState, stage: string): string | undefined {
  const analysis = definition?.stages.find((one) => one.stage === stage)?.analysis
  return analysis?.counts === undefined ? undefined : sourceInWords(analysis.source)
}

function refused(refusal: Refusal): ActOutcome {
  return { done: false, refusal, position: null, lock: null, text: refusal.text }
}

function done(position: number | null, lock: string | null, events: readonly ServiceEvent[]): ActOutcome {
  return { done: true, refusal: null, position, lock, text: sentence(events) }
}

/** The lock that an act was about. */
function lockIn(events: readonly ServiceEvent[]): string | null {
  for (const event of events) {
    if (event.type === 'stage-locked' || event.type === 'lock-edited') return event.lock.id
    if (event.type === 'stage-unlocked') return event.lock
  }
  return null
}

function sentence(events: readonly ServiceEvent[]): string {
  return events.length === 0 ? 'nothing to do' : events.map(describe).join('; ')
}

export { streamOf }
