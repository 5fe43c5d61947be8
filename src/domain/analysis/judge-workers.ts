// Processes without a port, by what they leave behind: restarts, error lines, and jobs where their output tells of them.
// Everything is compared with the same process of the baseline, by the time for which instances were ready.
import { releaseName } from '../release-number.ts'
import { addArms, type ArmSum, type Evidence } from './evidence.ts'
import type { Judgement, Question } from './judgement.ts'
import type { WorkerSum } from './worker-sum.ts'

/** Beside the usual floor, so many times what the baseline does. */
export const TIMES = 3
export const RESTARTS_MIN = 3
export const ERROR_LINES_MIN = 20
export const FAILED_JOBS_MIN = 5
export const FAILED_JOBS_RATE_MIN = 0.05
/** A baseline that was seen for less says nothing of how many lines are usual. */
const BASELINE_MS_MIN = 60_000

export function judgeWorkers(question: Question, evidence: Evidence): Judgement | undefined {
  const { release, carriers, baseline } = question
  const candidate = workersOf(evidence, carriers, question.sinceSeq)
  const usual = baseline === null ? [] : workersOf(evidence, [baseline], 0)
  for (const worker of candidate) {
    const what = againstWorker(
      worker,
      usual.find(({ process }) => process === worker.process),
    )
    if (what === undefined) continue
    const alone = baseline !== null && carriers.length === 1
    const whose = worker.process === '' ? '' : `${worker.process} of `
    const text = `${whose}${releaseName(release)} ${what.text}`
    return { verdict: 'against', what: text, cause: what.cause, alone: alone || what.cause === 'crash' }
  }
  return undefined
}

type Against = { readonly text: string; readonly cause: 'verdict' | 'crash' }

function againstWorker(worker: WorkerSum, usual: WorkerSum | undefined): Against | undefined {
  const { restarts, errorLines, done, failed } = worker
  const against = usual && usual.readyMs > 0 ? usual : undefined
  const isOften = (count: number, usually: number): boolean =>
    against === undefined || count * against.readyMs > TIMES * usually * Math.max(1, worker.readyMs)
  if (restarts >= RESTARTS_MIN && isOften(restarts, against?.restarts ?? 0))
    return { text: `ended by itself ${restarts} times${beside(against, against?.restarts)}`, cause: 'crash' }
  const jobs = done + failed
  const usualJobs = (against?.done ?? 0) + (against?.failed ?? 0)
  const usualRate = usualJobs > 0 ? (against?.failed ?? 0) / usualJobs : 0
  if (failed >= FAILED_JOBS_MIN && failed / jobs > FAILED_JOBS_RATE_MIN && failed / jobs > TIMES * usualRate)
    return {
      text: `failed in ${failed} of ${jobs} jobs${usualJobs > 0 ? `, against ${against?.failed} of ${usualJobs} before` : ''}`,
      cause: 'verdict',
    }
  // Some write such lines all day long: without a baseline they say nothing.
  if (against === undefined || against.readyMs < BASELINE_MS_MIN) return undefined
  if (errorLines >= ERROR_LINES_MIN && isOften(errorLines, against.errorLines))
    return { text: `wrote ${errorLines} error lines${beside(against, against.errorLines)}`, cause: 'verdict' }
  return undefined
}

function beside(against: WorkerSum | undefined, count: number | undefined): string {
  if (against === undefined) return ''
  return `, against ${count} in ${Math.round(against.readyMs / 60_000)} min of those before`
}

function workersOf(evidence: Evidence, releases: readonly number[], sinceSeq: number): readonly WorkerSum[] {
  const sums = evidence.spells
    .filter((spell) => spell.fromSeq > sinceSeq)
    .flatMap((spell) => spell.sums.filter(({ release }) => releases.includes(release)))
    .map((sum): ArmSum => ({ ...sum, release: 0 }))
  return sums.reduce<readonly ArmSum[]>((all, sum) => addArms(all, [sum]), [])[0]?.workers ?? []
}
