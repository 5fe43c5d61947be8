// A recorded or foreign bake, told line by line, judged as the product would have judged it: what was late or came twice
// is left out and counted, never guessed at.
import { noEvidence, withTickCut } from './evidence.ts'
import { describeTrial } from './explain.ts'
import { leakEvidence } from './growth/leaks.ts'
import { judgeSequentially, alphaOf, metricsOf } from './judge-sequentially.ts'
import type { Judgement, Question } from './judgement.ts'
import { latencyBucket } from './latency-histogram.ts'
import { combined } from './sequential/combine.ts'
import { NO_INSTANCES, type ArmTick, type Tick } from './tick.ts'

/** What one instance of one arm counted in the time up to `atMs`. */
export type StreamLine = {
  readonly atMs: number
  readonly arm: 'candidate' | 'baseline'
  readonly instance: string
  readonly requests: number
  readonly errors: number
  /** Pairs of milliseconds and how many requests took about so long. */
  readonly latency: readonly (readonly [ms: number, count: number])[]
  readonly errorLines: number
}

export type StreamVerdict = {
  readonly verdict: Judgement['verdict']
  /** What it said against the release, or why it held; null while nothing speaks against it. */
  readonly what: string | null
  /** Time of the tick after which it was first against the release. */
  readonly againstAtMs: number | null
  readonly isShownSafe: boolean
  readonly ticks: number
  readonly leftOut: { readonly late: number; readonly twice: number }
  /** How much likelier all that was seen is if it is worse, and from where on it would be stopped. */
  readonly evidence: number
  readonly limit: number
  /** One sentence per metric. */
  readonly explained: readonly string[]
}

const [BASELINE, CANDIDATE] = [1, 2]
/** Lines of a stream that are this far apart were not watched in between. */
const SPAN_MS_MAX = 60_000

export function judgeStream(lines: readonly StreamLine[], plannedMs?: number): StreamVerdict {
  const { ticks, late, twice } = ticksOf(lines)
  const began = ticks.findIndex((tick) => tick.arms.some(({ release }) => release === CANDIDATE))
  const hasBaseline = ticks.some((tick) => tick.arms.some(({ release }) => release === BASELINE))
  const question: Question = {
    about: 'rollout',
    release: CANDIDATE,
    carriers: [CANDIDATE],
    baseline: hasBaseline ? BASELINE : null,
    sinceSeq: began < 0 ? ticks.length : began,
    plannedMs: plannedMs ?? Math.max(1, (ticks.at(-1)?.at ?? 0) - (ticks[Math.max(0, began)]?.at ?? 0)),
  }
  let evidence = noEvidence
  let said: Judgement = { verdict: 'none' }
  let againstAtMs: number | null = null
  for (const tick of ticks) {
    evidence = withTickCut(evidence, tick, new Set([question.sinceSeq]), [question])
    if (tick.seq <= question.sinceSeq) continue
    said = judgeSequentially(question, evidence)
    if (said.verdict === 'against') {
      againstAtMs = tick.at
      break
    }
  }
  const running = evidence.trials[0]?.running ?? null
  return {
    verdict: said.verdict,
    what: said.verdict === 'against' ? said.what : said.verdict === 'hold' ? said.reason : null,
    againstAtMs,
    isShownSafe: said.verdict === 'none' && said.isShownSafe === true,
    ticks: ticks.length,
    leftOut: { late, twice },
    evidence: running === null ? 1 : combined(metricsOf(running, leakEvidence(question, evidence.growth))),
    limit: 1 / alphaOf(question),
    explained:
      running === null
        ? []
        : describeTrial(question, running, metricsOf(running, leakEvidence(question, evidence.growth))),
  }
}

function ticksOf(lines: readonly StreamLine[]): {
  readonly ticks: readonly Tick[]
  readonly late: number
  readonly twice: number
} {
  const ticks: Tick[] = []
  let [late, twice] = [0, 0]
  let open: { readonly atMs: number; readonly lines: StreamLine[] } | undefined
  const close = (): void => {
    if (open) ticks.push(tickOf(open.lines, open.atMs, ticks.at(-1)))
  }
  for (const line of lines) {
    if (open && line.atMs < open.atMs) late += 1
    else if (open && line.atMs === open.atMs) {
      const isTwice = open.lines.some(({ arm, instance }) => arm === line.arm && instance === line.instance)
      if (isTwice) twice += 1
      else open.lines.push(line)
    } else {
      close()
      open = { atMs: line.atMs, lines: [line] }
    }
  }
  close()
  return { ticks, late, twice }
}

function tickOf(lines: readonly StreamLine[], atMs: number, before: Tick | undefined): Tick {
  const arms = [
    [BASELINE, lines.filter(({ arm }) => arm === 'baseline')] as const,
    [CANDIDATE, lines.filter(({ arm }) => arm === 'candidate')] as const,
  ].flatMap(([release, mine]) => (mine.length > 0 ? [armTick(release, mine)] : []))
  const all = arms.reduce((sum, { requests }) => sum + requests, 0)
  return {
    seq: (before?.seq ?? 0) + 1,
    at: atMs,
    spanMs: before === undefined ? 1_000 : Math.min(SPAN_MS_MAX, atMs - before.at),
    generation: 1,
    routerSeen: true,
    arms: arms.map((arm) => ({ ...arm, weightPercent: all > 0 ? (100 * arm.requests) / all : 0 })),
  }
}

function armTick(release: number, lines: readonly StreamLine[]): ArmTick {
  const sum = (pick: (line: StreamLine) => number): number =>
    lines.reduce((total, line) => total + pick(line), 0)
  return {
    release,
    weightPercent: 0,
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    latency: lines.flatMap((line) => line.latency.map(([ms, count]) => [latencyBucket(ms), count] as const)),
    boxes: lines.map(({ instance, requests, errors }) => ({ id: instance, requests, errors })),
    instances: {
      ...NO_INSTANCES,
      wanted: lines.length,
      ready: lines.length,
      errorLines: sum(({ errorLines }) => errorLines),
    },
  }
}
