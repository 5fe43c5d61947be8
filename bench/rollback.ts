// From the verdict to the last request that the bad version still accepted, hundreds of times, under load. The
// verdict is a person's act at the API: the moment its request is sent. When a request was accepted is told by the
// instance itself, by the one monotonic clock of the machine.
import { setTimeout as sleep } from 'node:timers/promises'
import { installation } from '../test/e2e/parts/installation.ts'
import { mustBeUp } from '../test/e2e/parts/kill-run.ts'
import { type Answer, steadyLoad } from '../test/e2e/parts/steady-load.ts'
import { benchRepository } from './parts/bench-repository.ts'
import { atMost, type Bench, quantile, rounded } from './parts/figure.ts'
import { tinyServer } from './parts/tiny-server.ts'
import { untilLive } from './parts/until-live.ts'

const ROLLBACKS = 500
const USERS = 24
const LIMIT_MS = 100
const GIVE_UP_MS = 20_000
/** What is under way when a rollback begins must have its answer before the next one. */
const REST_MS = 60
const PIPELINE = `[{ stage: 'production', instances: 4, drain: '30s', watch: '1h',
  rollout: [{ step: 'all-at-once', soak: '0s' }] }]`

type Rollback = { readonly bad: number; readonly verdictMs: number }

export const bench: Bench = async (say) => {
  const tiny = tinyServer()
  const installed = await installation()
  const repository = benchRepository({ ...installed, tiny, pipeline: PIPELINE })
  const accepted: Answer[] = []
  try {
    for (const release of [1, 2]) {
      repository.commit()
      repository.push()
      if (release === 1) await mustBeUp(installed, repository.folder)
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
      const bad = turn % 2 === 0 ? 2 : 1
      const verdictMs = monotonicMs()
      const answer = await installed.act('rollback', {
        stage: 'production',
        to: 3 - bad,
        reason: `turn ${turn}`,
      })
      if (answer.status !== 200) throw new Error(`rollback ${turn} was refused: ${answer.body.text ?? ''}`)
      rollbacks.push({ bad, verdictMs })
      await untilLive(installed, 3 - bad, GIVE_UP_MS, 25)
      await sleep(REST_MS)
      if (turn % 100 === 99) say(`${turn + 1} rollbacks`)
    }
    const tookMs = performance.now() - startedMs
    await sleep(500)
    await load.stop()
    const lates = rollbacks.map((rollback, turn) =>
      lateMs(rollback, rollbacks[turn + 1]?.verdictMs, accepted),
    )
    const answered = load.answered()
    return {
      figures: [
        atMost('verdict to last accepted, p99', quantile(lates, 0.99), LIMIT_MS, 'ms'),
        atMost('failed requests', load.failures.length, 0, ''),
      ],
      notes: [
        `${ROLLBACKS} rollbacks between two releases of 4 instances each (written in ${tiny.kind}), ${USERS} users, ` +
          `${rounded((answered / tookMs) * 1_000)} requests a second, every 50th takes 200 ms; median ` +
          `${rounded(quantile(lates, 0.5))} ms, worst ${rounded(Math.max(...lates))} ms; ${answered} requests answered.`,
        ...load.failures.slice(0, 5).map((failure) => `failed: ${JSON.stringify(failure)}`),
      ],
    }
  } finally {
    await installed.remove()
    repository.remove()
  }
}

/** The last request that the bad release accepted after the verdict; 0 when there was none. */
function lateMs(
  { bad, verdictMs }: Rollback,
  untilMs = Number.POSITIVE_INFINITY,
  accepted: readonly Answer[],
): number {
  return accepted.reduce(
    (late, { release, acceptedMs }) =>
      release === bad && acceptedMs < untilMs ? Math.max(late, acceptedMs - verdictMs) : late,
    0,
  )
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}
