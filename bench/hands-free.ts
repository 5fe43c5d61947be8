// From `git push` to the last acknowledged plan, with nothing to wait for but ourselves: three stages without bakes,
// a build that does nothing, ten instances that are ready at once, ten steps of 10 %.
import type { ServiceEvent } from '../src/domain/service/event.ts'
import { readLog } from '../test/e2e/parts/check-log.ts'
import { installation } from '../test/e2e/parts/installation.ts'
import { mustBeUp } from '../test/e2e/parts/kill-run.ts'
import { benchRepository } from './parts/bench-repository.ts'
import { atMost, type Bench, quantile, rounded } from './parts/figure.ts'
import { tinyServer } from './parts/tiny-server.ts'
import { untilLive } from './parts/until-live.ts'

const PUSHES = 7
const LIMIT_MS = 5_000
const STAGE = `instances: 10, drain: '1s', bake: false, watch: '0s'`
const PIPELINE = `[
  { stage: 'alpha', ${STAGE} },
  { stage: 'staging', ${STAGE} },
  { stage: 'production', ${STAGE}, rollout: [{ step: '10%-at-a-time', soak: '0s' }] },
]`

export const bench: Bench = async (say) => {
  const tiny = tinyServer()
  const installed = await installation()
  const repository = benchRepository({ ...installed, tiny, pipeline: PIPELINE })
  try {
    repository.commit()
    repository.push()
    await mustBeUp(installed, repository.folder)
    await untilLive(installed, 1)
    const tookMs: number[] = []
    for (let push = 0; push < PUSHES; push += 1) {
      repository.commit()
      const pushedAt = Date.now()
      repository.push()
      await untilLive(installed, push + 2)
      // The program's own word for it, on disk: its clock is this machine's.
      tookMs.push(acknowledgedAt(installed.state, push + 2) - pushedAt)
      say(`push ${push + 1}: ${tookMs.at(-1)} ms; ${phases(installed.state, push + 2, pushedAt)}`)
    }
    return {
      figures: [
        atMost('push to last plan acknowledged, worst', Math.max(...tookMs), LIMIT_MS, 'ms'),
        atMost('push to last plan acknowledged, median', quantile(tookMs, 0.5), LIMIT_MS, 'ms'),
      ],
      notes: [
        `${PUSHES} pushes in a row; instances are a server written in ${tiny.kind}; each: ${tookMs.map(rounded).join(', ')} ms.`,
      ],
    }
  } finally {
    await installed.remove()
    repository.remove()
  }
}

function eventsOf(state: string): readonly ServiceEvent[] {
  return readLog(state)
    .filter(({ stream }) => stream === 'service/shop')
    .map(({ event }) => event)
}

/** When the plan that gives the release everything in the last stage was in force at every router. */
function acknowledgedAt(state: string, release: number): number {
  const shifted = eventsOf(state).find(
    (event) =>
      event.type === 'traffic-shifted' &&
      event.stage === 'production' &&
      event.arms.some((arm) => arm.release === release && arm.weightPercent === 100),
  )
  if (!shifted) throw new Error(`#${release} never had everything`)
  return shifted.at
}

function phases(state: string, release: number, pushedAt: number): string {
  return eventsOf(state)
    .filter((event) => 'release' in event && event.release === release)
    .flatMap((event) =>
      ['change-merged', 'build-succeeded', 'rollout-started', 'rollout-completed'].includes(event.type)
        ? [`${event.type}${'stage' in event ? ` ${event.stage}` : ''} ${event.at - pushedAt}`]
        : [],
    )
    .join(', ')
}
