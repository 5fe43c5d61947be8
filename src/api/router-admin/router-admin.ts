// What can be asked of all router processes of a state folder at once.
import type { Environment, ReleaseNumber } from '../../domain/names.ts'
import { askRouter, listRouters, RouterGone } from './router-processes.ts'
import type { AdminRequest, RouterProcess } from './router-processes.ts'
import { measuresAnswerSchema, type MeasuresAnswer, type MeasuresAsked } from './measures-wire.ts'
import * as wire from './wire.ts'
import type { CountersAnswer, FencedPlan, PlanAnswer } from './wire.ts'

export type RouterAdmin = {
  processes(): Promise<readonly RouterProcess[]>
  apply(router: RouterProcess, plan: FencedPlan, signal: AbortSignal): Promise<PlanAnswer>
  current(router: RouterProcess, environment: Environment): Promise<FencedPlan | undefined>
  reloadLookup(
    router: RouterProcess,
    service: string,
    table: string,
  ): Promise<{ readonly generation: number }>
  counters(router: RouterProcess, environment: Environment): Promise<CountersAnswer>
  measures(router: RouterProcess, asked: MeasuresAsked): Promise<MeasuresAnswer>
  inFlight(
    router: RouterProcess,
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly requests: number; readonly streams: number }>
  cut(
    router: RouterProcess,
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly cut: number }>
  openDoor(
    router: RouterProcess,
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly door: string; readonly url: string }>
  closeDoor(router: RouterProcess, door: string): Promise<void>
  /** Asks every living process; those found dead are left out. Rejects when a living one fails. */
  everyone<T>(ask: (router: RouterProcess) => Promise<T>): Promise<readonly T[]>
}

/** `deadline` makes a signal that ends a question; a fresh one for each. */
export function createRouterAdmin(options: {
  readonly stateDir: string
  readonly deadline: () => AbortSignal
  readonly sleep: AdminRequest<unknown>['sleep']
}): RouterAdmin {
  const { stateDir, deadline, sleep } = options

  function ask<T>(
    router: RouterProcess,
    wish: Pick<AdminRequest<T>, 'method' | 'path' | 'body' | 'answer'>,
    signal: AbortSignal = deadline(),
  ): Promise<T> {
    return askRouter(router, { ...wish, signal, sleep })
  }

  return {
    processes: () => listRouters(stateDir),
    apply: (router, body, signal) =>
      ask(
        router,
        { method: 'PUT', path: '/plan', body, answer: wire.planAnswerSchema },
        AbortSignal.any([signal, deadline()]),
      ),
    async current(router, environment) {
      const answer = wire.currentAnswerSchema
      const { current } = await ask(router, { method: 'GET', path: `/plan?${query(environment)}`, answer })
      return current ?? undefined
    },
    reloadLookup: (router, service, table) => {
      const answer = wire.lookupAnswerSchema
      return ask(router, { method: 'PUT', path: '/lookup', body: { service, table }, answer })
    },
    counters: (router, environment) => {
      const answer = wire.countersAnswerSchema
      return ask(router, { method: 'GET', path: `/counters?${query(environment)}`, answer })
    },
    measures: (router, body) =>
      ask(router, { method: 'POST', path: '/measures', body, answer: measuresAnswerSchema }),
    inFlight: (router, environment, release) => {
      const body = { environment, release }
      return ask(router, { method: 'POST', path: '/in-flight', body, answer: wire.inFlightAnswerSchema })
    },
    cut: (router, environment, release) => {
      const body = { environment, release }
      return ask(router, { method: 'POST', path: '/cut', body, answer: wire.cutAnswerSchema })
    },
    openDoor: (router, environment, release) => {
      const body = { environment, release }
      return ask(router, { method: 'POST', path: '/doors', body, answer: wire.doorAnswerSchema })
    },
    async closeDoor(router, door) {
      await ask(router, { method: 'DELETE', path: `/doors?door=${door}`, answer: wire.emptyAnswerSchema })
    },
    async everyone(one) {
      const answers = await Promise.all(
        (await listRouters(stateDir)).map(async (router) => {
          try {
            return [await one(router)]
          } catch (error) {
            if (error instanceof RouterGone) return []
            throw error
          }
        }),
      )
      return answers.flat()
    },
  }
}

function query({ service, stage }: Environment): string {
  return new URLSearchParams({ service, stage }).toString()
}
