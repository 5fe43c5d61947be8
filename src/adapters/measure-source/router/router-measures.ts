// What the router processes on this machine counted by release, track and dimension, a second at a time.
import { createRouterAdmin } from '../../../api/router-admin/router-admin.ts'
import { RouterGone } from '../../../api/router-admin/router-processes.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Log } from '../../../ports/log.ts'
import type { MeasureSource } from '../../../ports/measure-source.ts'

export type RouterMeasuresOptions = {
  readonly stateDir: string
  readonly clock: Pick<Clock, 'sleep'>
  readonly log: Pick<Log, 'warn'>
  /** How long one router process may take; 2,000 by default. */
  readonly answerMsMax?: number
}

export function createRouterMeasures(options: RouterMeasuresOptions): MeasureSource {
  const { stateDir, clock, log, answerMsMax = 2_000 } = options
  const deadline = () => AbortSignal.timeout(answerMsMax)
  const admin = createRouterAdmin({ stateDir, deadline, sleep: (ms, signal) => clock.sleep(ms, signal) })
  return {
    async take(questions) {
      if (questions.length === 0) return []
      const asked = questions.map(({ environment, dimensions, after }) => ({
        environment,
        dimensions: [...dimensions],
        after: { ...after },
      }))
      const answers = await admin.everyone(async (router) => {
        try {
          return [await admin.measures(router, { asked })]
        } catch (error) {
          if (error instanceof RouterGone) return []
          // It has them still when it answers again.
          log.warn({ router: router.pid, error: String(error) }, 'a router did not tell what it measured')
          return []
        }
      })
      return answers
        .flat()
        .flatMap(({ incarnation, taken }) =>
          taken.map(({ environment, seq, window }) => ({ environment, counter: incarnation, seq, window })),
        )
    },
  }
}
