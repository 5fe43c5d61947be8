// From the verdict to the last request that the bad version still accepted, hundreds of times, under load. The
// verdict is a person's act at the API: the moment its request is sent. When a request was accepted is told by the
// instance itself, by the one monotonic clock of the machine.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ActName } from '../src/api/acts.ts'
import type { ServiceEvent } from '../src/domain/service/event.ts'
import { readLog } from '../test/e2e/parts/check-log.ts'
import { installation } from '../test/e2e/parts/installation.ts'
import { mustBeUp } from '../test/e2e/parts/kill-run.ts'
import { type Answer, steadyLoad } from '../test/e2e/parts/steady-load.ts'
import { benchRepository } from './parts/bench-repository.ts'
import { atMost, type Bench, quantile, rounded } from './parts/figure.ts'
import { tinyServer } from './parts/tiny-server.ts'
import { untilLive } from './parts/until-live.ts'

const ROLLBACKS = 500
/** The good one was served before the bad one, and is kept warm. */
const [GOOD, BAD] = [1, 2]
const USERS = 24
const LOOK_MS = 25
const LIMIT_MS = 100
const GIVE_UP_MS = 20_000
/** What is under way when a rollback begins must have its answer before the next one. */
const REST_MS = 60
const PIPELINE = `[{ stage: 'production', instances: 4, drain: '30s', watch: '1h',
  rollout: [{ step: 'all-at-once', soak: '0s' }] }]`

type Rollback = {
  readonly verdictMs: number
  readonly verdictAt: number
  /** From then on the bad release may be served again. */
  readonly againMs: number
}

export const bench: Bench = async (say) => {
  const tiny = tinyServer()
  const installed = await installation()
  const repository = benchRepository({ ...installed, tiny, pipeline: PIPELINE })
  const accepted: Answer[] = []
  const act = async (name: ActName, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const answer = await installed.act(name, body)
    if (answer.status !== 200) throw new Error(`${name} was refused: ${answer.body.text ?? ''}`)
  }
  try {
    for (const release of [GOOD, BAD]) {
      repository.commit()
      repository.push()
      if (release === GOOD) await mustBeUp(installed, repository.folder)
      await untilLive(installed, release)
    }
    const load = steadyLoad({
      port: installed.routerPort,
      users: { 'shop.localhost': USERS },
      pauseMs: 30,
      postEvery: 10,
      slowEvery: 50,
      onAnswer: (answer) => void accepted.push(answer),
    })
    const rollbacks: Rollback[] = []
    const startedMs = performance.now()
    for (let turn = 0; turn < ROLLBACKS; turn += 1) {
      const [verdictMs, verdictAt] = [monotonicMs(), Date.now()]
      await act('rollback', { stage: 'production', to: GOOD, reason: `turn ${turn}` })
      await untilLive(installed, GOOD, GIVE_UP_MS, LOOK_MS)
      await sleep(REST_MS)
      // As a person would who thinks it was not its fault: the stage is free again, and the bad one rolls out anew.
      rollbacks.push({ verdictMs, verdictAt, againMs: monotonicMs() })
      await act('unpin', { stage: 'production', reason: `turn ${turn}` })
      await act('retry', { stage: 'production', release: BAD })
      await untilLive(installed, BAD, GIVE_UP_MS, LOOK_MS)
      await sleep(REST_MS)
      if (turn % 100 === 99) say(`${turn + 1} rollbacks`)
    }
    const tookMs = performance.now() - startedMs
    await sleep(500)
    await load.stop()
    const lates = rollbacks.map((rollback) => lateMs(rollback, accepted))
    const answered = load.answered()
    const phases = phasesOf(installed.state, rollbacks)
    return {
      figures: [
        atMost('verdict to last accepted, p99', quantile(lates, 0.99), LIMIT_MS, 'ms'),
        atMost('failed requests', load.failures.length, 0, ''),
      ],
      notes: [
        `${ROLLBACKS} rollbacks to the release before, which is warm; 4 instances each (written in ${tiny.kind}), ${USERS} users, ` +
          `${rounded((answered / tookMs) * 1_000)} requests a second, every 50th takes 200 ms; median ` +
          `${rounded(quantile(lates, 0.5))} ms, worst ${rounded(Math.max(...lates))} ms; ${answered} requests answered.`,
        `By the program's own word, from the verdict: decided after ${spread(phases.decidedMs)} ms, ` +
          `acknowledged by every router after ${spread(phases.acknowledgedMs)} ms (median, p90, p99).`,
        ...load.failures.slice(0, 5).map((failure) => `failed: ${JSON.stringify(failure)}`),
      ],
    }
  } finally {
    await installed.remove()
    repository.remove()
  }
}

/** The last request that the bad release accepted after the verdict, 0 when there was none. */
function lateMs({ verdictMs, againMs }: Rollback, accepted: readonly Answer[]): number {
  return accepted.reduce(
    (late, { release, acceptedMs }) =>
      release === BAD && acceptedMs < againMs ? Math.max(late, acceptedMs - verdictMs) : late,
    0,
  )
}

/** By the clock on the wall, in milliseconds: when the log says it decided, and when it says the plan was in force. */
function phasesOf(state: string, rollbacks: readonly Rollback[]) {
  const events = readLog(state).filter(({ stream }) => stream === 'service/shop')
  const after = (at: number, type: ServiceEvent['type']): number =>
    (events.find(({ event }) => event.type === type && event.at >= at)?.event.at ?? Number.NaN) - at
  return {
    decidedMs: rollbacks.map(({ verdictAt }) => after(verdictAt, 'rollout-started')),
    acknowledgedMs: rollbacks.map(({ verdictAt }) => after(verdictAt, 'traffic-shifted')),
  }
}

function spread(values: readonly number[]): string {
  return [0.5, 0.9, 0.99].map((share) => rounded(quantile(values, share))).join(', ')
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}
