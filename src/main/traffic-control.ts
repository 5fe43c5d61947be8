// Who gets what, answered from the coordinator's state, the plan in force and the lookup tables on disk.
import { planOf } from '../coordinator/acts/route.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { releaseName } from '../domain/release-number.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'
import { wantedRoutes } from '../domain/service/wanted.ts'
import { askedFacts } from '../domain/traffic/asked-facts.ts'
import { asByteText } from '../domain/traffic/byte-text.ts'
import { explainRoute, type RouteExplanation } from '../domain/traffic/explain-route.ts'
import type { LookupHead } from '../domain/traffic/lookup-table.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'
import { ruleText } from '../domain/traffic/route-rule.ts'
import type { Asked, LookupRow, Pushed } from '../api/traffic.ts'
import type { Clock } from '../ports/clock.ts'
import type { LookupStore } from '../ports/lookup-store.ts'
import type { TrafficRouter } from '../ports/traffic-router.ts'
import type { TrafficControl } from '../server/traffic-control.ts'
import { routesView } from '../views/routes-view.ts'
import { createKnownTables } from './known-tables.ts'
import { pushChanges, pushCsv, type Built } from './push-lookup.ts'

export type TrafficParts = {
  readonly coordinator: Coordinator
  readonly lookups: LookupStore
  readonly router: Pick<TrafficRouter, 'current'>
  readonly clock: Clock
}

export function createTrafficControl({ coordinator, lookups, router, clock }: TrafficParts): TrafficControl {
  const tables = createKnownTables(lookups)
  const now = (): number => clock.now()

  const planFor = async (service: string, stage: string): Promise<EnvironmentPlan | undefined> => {
    const inForce = await router.current({ service, stage })
    return inForce ?? wantedPlan(coordinator.state(service), service, stage)
  }
  const explained = async (
    service: string,
    stage: string,
    asked: Asked,
  ): Promise<{ readonly plan: EnvironmentPlan | undefined; readonly told: RouteExplanation }> => {
    const plan = await planFor(service, stage)
    if (!plan) return { plan, told: NOTHING_RUNS }
    const known = await tables.of(service)
    return { plan, told: explainRoute(plan, askedFacts(asked, plan), known, now()) }
  }
  const outcome = async (service: string, table: string, built: Built): Promise<Pushed> => {
    if ('refusal' in built) {
      const old = (await tables.of(service)).get(table)?.head
      return { done: false, refusal: built.refusal, table: old ? rowOf(old) : null }
    }
    return { done: true, refusal: null, table: rowOf(built.head) }
  }

  return {
    routes: async (service, stage) => {
      const state = coordinator.state(service)
      const definition = state.definition?.stages.find((one) => one.stage === stage)
      if (!definition) throw new Error(`${service} has no stage ${stage}, though it was asked for`)
      const known = await tables.of(service)
      const fleets = coordinator.fleets(service, stage)
      return routesView(state, definition, stageOf(state, stage), {
        now: now(),
        tables: new Map(known.all().map(({ head }) => [head.table, head.columns])),
        memoryBytes: (release) => {
          const fleet = fleets.find((one) => one.release === release)
          return fleet ? fleet.instances.reduce((sum, { use }) => sum + use.memoryBytes, 0) : null
        },
      })
    },
    explain: async (service, stage, asked) => {
      const { told } = await explained(service, stage, asked)
      return {
        track: told.track,
        release: told.release,
        name: told.release === null ? null : releaseName(told.release),
        why: told.why,
        rules: told.rules.map(({ rule, wins, why }) => ({ id: rule.id, text: ruleText(rule), wins, why })),
      }
    },
    resolve: async (service, stage, asked) => {
      const { plan, told } = await explained(service, stage, asked)
      const arm = plan?.arms.find(({ release }) => release === told.release)
      const release = told.release === null ? undefined : coordinator.state(service).releases[told.release]
      return {
        service,
        stage,
        release: told.release,
        name: told.release === null ? null : releaseName(told.release),
        track: told.track,
        sha: release?.change.sha ?? null,
        generation: plan?.generation ?? 0,
        instances: (arm?.instances ?? []).map(({ host, port }) => ({ host, port })),
      }
    },
    plan: async (service, stage) => (await planFor(service, stage)) ?? null,
    lookups: async (service) => (await tables.of(service)).all().map(({ head }) => rowOf(head)),
    lookup: async (service, table, key) => {
      const known = (await tables.of(service)).get(table)
      if (!known) return null
      const cells = known.head.columns.flatMap((column): [string, string][] => {
        const cell = known.cell(asByteText(key), column)
        return cell === undefined ? [] : [[column, Buffer.from(cell, 'latin1').toString('utf8')]]
      })
      return { key, cells: known.has(asByteText(key)) ? Object.fromEntries(cells) : null }
    },
    pushLookup: async ({ service, table, key, csv }) => {
      const old = (await tables.of(service)).get(table)?.head
      const found = key ?? old?.key ?? { from: 'customer' }
      return outcome(service, table, await pushCsv({ store: lookups, now }, service, table, found, csv))
    },
    changeLookup: async ({ service, table, changes }) => {
      const old = (await tables.of(service)).get(table)
      if (!old) {
        const text = `${service} has no lookup table ${table}; push a whole one first`
        return outcome(service, table, { refusal: { code: 'lookup/unknown', text } })
      }
      return outcome(service, table, await pushChanges({ store: lookups, now }, service, old, changes))
    },
    removeLookup: async (service, table) => {
      if ((await lookups.newest(service, table)) === 0) return false
      await lookups.remove(service, table)
      return true
    },
  }
}

const NOTHING_RUNS: RouteExplanation = {
  rules: [],
  track: null,
  release: null,
  why: 'nothing runs there yet',
}

function wantedPlan(state: ServiceState, service: string, stage: string): EnvironmentPlan | undefined {
  const definition = state.definition?.stages.find((one) => one.stage === stage)
  if (!definition) return undefined
  const known = stageOf(state, stage)
  const { arms, tracks } = wantedRoutes(definition, known)
  return planOf(state, service, { stage, generation: known.plan.generation, arms, tracks })
}

function rowOf({ table, generation, key, columns, rows }: LookupHead): LookupRow {
  return { table, generation, key, columns: [...columns], rows }
}
