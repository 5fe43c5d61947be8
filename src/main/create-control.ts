// What the HTTP server asks of the program, answered from the coordinator, the log and the stores.
import type { AuditRow } from '../api/board.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { settingsView } from '../views/settings.ts'
import { serviceOf, streamOf } from '../coordinator/streams.ts'
import { inOrder } from '../domain/release-number.ts'
import type { Change } from '../domain/change/change.ts'
import type { Refusal } from '../domain/service/decision.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { decide } from '../domain/service/decide.ts'
import { describe } from '../domain/service/describe.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import type { Control } from '../server/control.ts'
import { auditRow } from '../views/audit.ts'
import { releaseRow, serviceView, type ServiceSeen } from '../views/board.ts'
import { forecast } from '../views/forecast.ts'
import { whyStanding } from '../views/why.ts'
import { actCommand } from './act-command.ts'
import { addressesOf, type AddressBook } from './addresses.ts'
import { createTrafficControl } from './traffic-control.ts'
import type { BuiltPorts } from './build-ports.ts'
import { programMetrics } from './program-metrics.ts'
import type { Repositories } from './repositories.ts'

export type ControlParts = {
  readonly coordinator: Coordinator
  readonly repositories: Repositories
  readonly ports: BuiltPorts
  readonly addresses: AddressBook
  readonly version: string
  readonly isReady: () => boolean
}

const AUDIT_PAGE = 500
const FIND_MS_MAX = 20_000

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
    while (rows.length < query.limit) {
      const page = await ports.eventLog.readBefore(before, AUDIT_PAGE)
      for (const stored of page) {
        const service = serviceOf(stored.stream)
        if (service === undefined || (query.service !== null && query.service !== service)) continue
        // Events are ours, and never renamed.
        rows.push(auditRow(stored.position, service, stored.data as ServiceEvent))
        if (rows.length === query.limit) break
      }
      const oldest = page.at(-1)
      if (!oldest || page.length < AUDIT_PAGE) break
      before = oldest.position
    }
    return rows
  }
  /** What a person calls a commit may not be one: that is a refusal, and no trouble of ours. */
  const findCommit = async (
    service: string,
    commit: string,
  ): Promise<Change | { readonly refusal: Refusal }> => {
    const source = coordinator.state(service).definition?.source
    if (!source) return { refusal: { code: 'service/unknown', text: 'this service is not configured' } }
    try {
      return await ports.source.find({
        git: source.git,
        branch: source.branch,
        commit,
        signal: AbortSignal.timeout(FIND_MS_MAX),
      })
    } catch (error) {
      if (error instanceof PortFailure && error.again === 'never')
        return { refusal: { code: error.code, text: error.message } }
      throw error
    }
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
      // The two belong together: the caller's types say so, the union cannot.
      const acted = { act, body } as Parameters<typeof actCommand>[0]
      const found = acted.act === 'deploy' ? await findCommit(service, acted.body.commit) : undefined
      if (found !== undefined && 'refusal' in found) return refused(found.refusal)
      const commandWith = (secret: number) =>
        actCommand(acted, {
          found,
          person,
          at: ports.clock.now(),
          newId: (prefix) => ports.ids.next(prefix),
          tick: (stage) => coordinator.tick(service, stage),
          secret,
        })
      // What is refused keeps no secret either.
      if (dryRun || act === 'set-secret') {
        const decision = decide(coordinator.state(service), commandWith(0))
        if ('refusal' in decision)
          return { done: false, refusal: decision.refusal, position: null, text: decision.refusal.text }
        if (dryRun) return { done: true, refusal: null, position: null, text: sentence(decision.events) }
      }
      const secret =
        'value' in body ? await ports.secrets.put({ service, stage: body.stage }, body.name, body.value) : 0
      const outcome = await coordinator.handle(service, commandWith(secret))
      if (!outcome.done)
        return { done: false, refusal: outcome.refusal, position: null, text: outcome.refusal.text }
      return { done: true, refusal: null, position, text: sentence(outcome.events) }
    },
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
    plan: async (service) => {
      const known = defined(service)
      return known ? forecast(known.state, known.definition, ports.clock.now()) : []
    },
    audit,
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
      return Promise.all(
        instances.map(async ({ id }) => ({ instance: id, text: await ports.target.output(id, limit) })),
      )
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
    metrics: () => programMetrics(coordinator, ports),
  }
}

function refused(refusal: Refusal) {
  return { done: false, refusal, position: null, text: refusal.text }
}

function sentence(events: readonly ServiceEvent[]): string {
  return events.length === 0 ? 'nothing to do' : events.map(describe).join('; ')
}

export { streamOf }
