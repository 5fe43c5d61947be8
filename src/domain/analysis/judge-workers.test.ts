import { expect, test } from 'vitest'
import { noEvidence, withTick, type Evidence } from './evidence.ts'
import { judgeByThresholds } from './judge-by-thresholds.ts'
import type { Question } from './judgement.ts'
import { judgeWorkers } from './judge-workers.ts'
import { NO_INSTANCES, type ArmTick, type Tick, type WorkerTick } from './tick.ts'

const QUIET = { ...NO_INSTANCES, wanted: 1, ready: 1 }

function arm(release: number, worker: Partial<WorkerTick>): ArmTick {
  const workers = [{ process: 'worker', wanted: 1, ready: 1, restarts: 0, errorLines: 0, ...worker }]
  return { release, weightPercent: 50, requests: 0, errors: 0, latency: [], instances: QUIET, workers }
}

/** Two minutes of the baseline alone, then so many seconds of both. */
function seen(usual: Partial<WorkerTick>, candidate: Partial<WorkerTick>, seconds = 60): Evidence {
  let evidence = noEvidence
  const add = (arms: readonly ArmTick[]): void => {
    const seq = evidence.lastSeq + 1
    const tick: Tick = {
      seq,
      at: seq * 1_000,
      spanMs: 1_000,
      generation: 1,
      routerSeen: true,
      portless: true,
      arms,
    }
    evidence = withTick(evidence, tick)
  }
  for (let second = 0; second < 120; second += 1) add([arm(1, usual)])
  for (let second = 0; second < seconds; second += 1) add([arm(1, usual), arm(2, candidate)])
  return evidence
}

const question: Question = { about: 'rollout', release: 2, carriers: [2], baseline: 1, sinceSeq: 120 }

test('a worker like the one before it has nothing against it', () => {
  const usual = { errorLines: 1, jobs: { done: 9, failed: 1 } }
  expect(judgeWorkers(question, seen(usual, usual))).toBeUndefined()
})

test('restarts, failed jobs and error lines speak against it, each with its numbers', () => {
  expect(judgeWorkers(question, seen({}, { restarts: 1 }, 3))).toMatchObject({
    verdict: 'against',
    cause: 'crash',
    what: 'worker of #2 ended by itself 3 times, against 0 in 2 min of those before',
  })
  const jobs = seen({ jobs: { done: 10, failed: 0 } }, { jobs: { done: 8, failed: 2 } }, 3)
  expect(judgeWorkers(question, jobs)).toMatchObject({
    cause: 'verdict',
    what: 'worker of #2 failed in 6 of 30 jobs, against 0 of 1230 before',
  })
  expect(judgeWorkers(question, seen({}, { errorLines: 7 }, 3))).toMatchObject({
    what: 'worker of #2 wrote 21 error lines, against 0 in 2 min of those before',
  })
})

test('below its floors nothing is said, whatever the baseline did', () => {
  expect(judgeWorkers(question, seen({}, { restarts: 1 }, 2))).toBeUndefined()
  expect(judgeWorkers(question, seen({}, { errorLines: 1 }, 19))).toBeUndefined()
  expect(judgeWorkers(question, seen({}, { jobs: { done: 0, failed: 1 } }, 4))).toBeUndefined()
})

test('error lines say nothing where there is nothing to compare with', () => {
  const first = { ...question, baseline: null }
  expect(judgeWorkers(first, seen({}, { errorLines: 100 }))).toBeUndefined()
  expect(judgeWorkers(first, seen({}, { jobs: { done: 0, failed: 9 } }))).toMatchObject({
    verdict: 'against',
  })
})

test('where nothing is seen to run, the time does not count and the stage holds', () => {
  let evidence = noEvidence
  for (let seq = 1; seq <= 3; seq += 1)
    evidence = withTick(evidence, {
      seq,
      at: seq,
      spanMs: 1_000,
      generation: 1,
      routerSeen: false,
      portless: true,
      arms: [arm(2, { ready: 0 })],
    })
  expect(judgeByThresholds({ ...question, sinceSeq: 0 }, evidence)).toEqual({
    verdict: 'hold',
    reason: 'not all that serve are seen to run',
  })
  expect(evidence.spells.reduce((sum, spell) => sum + spell.watchedMs, 0)).toBe(0)
})
