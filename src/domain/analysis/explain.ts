// What the judge saw, in one sentence a person can check: what was seen, what was expected, how sure, what is plausible.
import type { Question } from './judgement.ts'
import { bucketMs } from './latency-histogram.ts'
import { blamed, type MetricEvidence } from './sequential/combine.ts'
import { plausibleRatio } from './sequential/plausible-ratio.ts'
import type { Running } from './trial.ts'

export function explain(
  question: Question,
  running: Running,
  metrics: readonly MetricEvidence[],
  alpha: number,
): string {
  const sure = blamed(metrics, alpha)
  const worst = metrics.toSorted(
    (left, right) => right.weight * right.evidence - left.weight * left.evidence,
  )[0]
  const shown = metrics.filter(({ metric }) => metric === worst?.metric || sure.includes(metric))
  return shown
    .map(
      ({ metric, evidence, said }) =>
        `${said ?? saidOf(metric, question, running)} (${surenessOf(evidence)})`,
    )
    .join('; ')
}

/** The same while nothing is decided: every metric, however little it says. */
export function describeTrial(
  question: Question,
  running: Running,
  metrics: readonly MetricEvidence[],
): readonly string[] {
  return metrics.map(
    ({ metric, evidence, said }) => `${said ?? saidOf(metric, question, running)} (${surenessOf(evidence)})`,
  )
}

function saidOf(metric: string, question: Question, running: Running): string {
  if (metric === 'latency') return latencySaid(question, running)
  return metric === 'lines' ? linesSaid(question, running) : errorsSaid(question, running)
}

function errorsSaid(question: Question, { seen, classes, errorSettings }: Running): string {
  const expected = seen.errorsExpected
  const range = plausibleRatio(classes, errorSettings.spread.clumping)
  const compared =
    question.baseline === null
      ? ''
      : `, against ${rounded(expected)} by the rate of #${question.baseline} and ${rounded(expected * errorSettings.tolerated)} with what is tolerated`
  const plausible = range === null || question.baseline === null ? '' : `; ${rangeInWords(range)}`
  return `${seen.errors} of ${seen.requests} requests to ${named(question)} failed (${percent(seen.errors, seen.requests)})${compared}${plausible}`
}

function linesSaid(question: Question, { seen }: Running): string {
  const compared =
    question.baseline === null
      ? ''
      : `, against ${rounded(seen.linesExpected)} by the rate of #${question.baseline}`
  return `${named(question)} wrote ${seen.lines} error lines on ${seen.requests} requests${compared}`
}

function latencySaid(question: Question, { latency }: Running): string {
  const { candidate, candidateAbove, expectedAbove } = latency.totals
  if (candidate === 0 || latency.limits.length === 0)
    return `nothing is known of the latency of ${named(question)}`
  const excess = latency.limits.map((_, at) => {
    const [above, expected] = [candidateAbove[at] ?? 0, expectedAbove[at] ?? 0]
    return (above - expected) / Math.sqrt(expected + 1)
  })
  const at = excess.indexOf(Math.max(...excess))
  return (
    `${percent(candidateAbove[at] ?? 0, candidate)} of ${candidate} requests to ${named(question)} took longer than ` +
    `the tolerated ${Math.round(bucketMs(latency.totals.fine[at] ?? 0))} ms or so, against ${percent(expectedAbove[at] ?? 0, candidate)} ` +
    `that were to be above the limit of #${question.baseline ?? '?'}`
  )
}

function surenessOf(evidence: number): string {
  if (evidence < 2) return 'that says nothing'
  const times = evidence >= 1e6 ? 'over a million' : String(Number(evidence.toPrecision(2)))
  return `${times} times likelier if it is worse`
}

function rangeInWords({ low, high }: { readonly low: number; readonly high: number }): string {
  const from = low.toFixed(1)
  return Number.isFinite(high)
    ? `plausible are ${from} to ${high.toFixed(1)} times the rate`
    : `plausible are ${from} times the rate and more`
}

function named({ carriers }: Question): string {
  return carriers.map((release) => `#${release}`).join(' and ')
}

function percent(part: number, all: number): string {
  const share = all > 0 ? (100 * part) / all : 0
  return `${Number(share.toPrecision(2))} %`
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value))
}
