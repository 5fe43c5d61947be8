// Judges again what was judged: each verdict on a release, and each question it passed, from the stream as it was before
// and the ticks that were recorded. What comes out is what came out.
import type { Evidence } from '../domain/analysis/evidence.ts'
import { describeTrial } from '../domain/analysis/explain.ts'
import { alphaOf, metricsOf } from '../domain/analysis/judge-sequentially.ts'
import type { Question } from '../domain/analysis/judgement.ts'
import { leakEvidence } from '../domain/analysis/growth/leaks.ts'
import { combined } from '../domain/analysis/sequential/combine.ts'
import { keyOf } from '../domain/analysis/trial.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { assess, questionsOf } from '../domain/service/assess.ts'
import { evolve } from '../domain/service/evolve.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { initialService, stageOf, type ServiceState } from '../domain/service/state.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Judge } from '../ports/judge.ts'
import type { TickStore } from '../ports/tick-store.ts'
import { foldTicks } from './fold-ticks.ts'
import { streamOf } from './streams.ts'

export type Replayed = {
  readonly stage: string
  /** The tick it was said at. */
  readonly tick: number
  readonly at: number
  readonly recorded: Said
  /** Null where ticks it rested on are kept no more. */
  readonly replayed: Said | null
  readonly isSame: boolean
  /** How much likelier what was seen is if it is worse, and from where on it is stopped; per question. */
  readonly evidence: readonly Weighed[]
}

export type Said = { readonly verdict: 'against' | 'none'; readonly what: string | null }

export type Weighed = {
  readonly about: Question['about']
  readonly evidence: number
  readonly limit: number
  /** One sentence per metric. */
  readonly explained: readonly string[]
}

export type ReplayPorts = {
  readonly eventLog: Pick<EventLog, 'readStream'>
  readonly ticks: Pick<TickStore, 'read'>
  readonly judge: Judge
}

/** Oldest first; empty where nothing was ever judged. */
export async function replay(
  ports: ReplayPorts,
  service: string,
  release: ReleaseNumber,
): Promise<readonly Replayed[]> {
  const found: Replayed[] = []
  let state = initialService
  for (const stored of await ports.eventLog.readStream(streamOf(service), 0)) {
    // Events are ours, and never renamed.
    const event = stored.data as ServiceEvent
    const answer = answerOf(event, release)
    if (answer) found.push(await judgedAgain(ports, { service, release, state, answer }))
    state = evolve(state, event)
  }
  return found
}

type Answer = { readonly stage: string; readonly tick: number; readonly at: number; readonly said: Said }

/** What a judge said of a release; what people said is not judged again. */
function answerOf(event: ServiceEvent, release: ReleaseNumber): Answer | undefined {
  switch (event.type) {
    case 'verdict-against':
      if (event.release !== release) return undefined
      return { ...placeOf(event), said: { verdict: 'against', what: event.what } }
    case 'watch-survived':
      return event.release === release ? { ...placeOf(event), said: NOTHING_AGAINST } : undefined
    case 'changes-cleared': {
      const isJudged = event.how === 'proven' || event.how === 'unproven'
      return isJudged && event.changes.includes(release)
        ? { ...placeOf(event), said: NOTHING_AGAINST }
        : undefined
    }
    default:
      return undefined
  }
}

const NOTHING_AGAINST: Said = { verdict: 'none', what: null }

function placeOf({ stage, tick, at }: Omit<Answer, 'said'>): Omit<Answer, 'said'> {
  return { stage, tick, at }
}

async function judgedAgain(
  { ticks, judge }: ReplayPorts,
  {
    service,
    release,
    state,
    answer,
  }: {
    readonly service: string
    readonly release: ReleaseNumber
    readonly state: ServiceState
    readonly answer: Answer
  },
): Promise<Replayed> {
  const { stage: name, tick, at, said } = answer
  const stage = stageOf(state, name)
  const definition = state.definition?.stages.find((each) => each.stage === name)
  const gone = { stage: name, tick, at, recorded: said, replayed: null, isSame: false, evidence: [] }
  if (!definition) return gone
  const questions = questionsOf(state, definition, stage)
  const tried = judge.asksForTrials === true && definition.judge !== 'thresholds' ? questions : []
  const evidence = await foldTicks(ticks, { service, stage: name }, { stage, tried, upTo: tick })
  if (evidence.lastSeq !== tick) return gone
  const against = assess(state, definition, evidence, (question, seen) => judge.judge(question, seen)).find(
    (finding) => finding.found === 'against',
  )
  const replayed: Said =
    against?.found === 'against' && against.release === releaseOf(said, release, against.release)
      ? { verdict: 'against', what: against.what }
      : NOTHING_AGAINST
  return {
    stage: name,
    tick,
    at,
    recorded: said,
    replayed,
    isSame: replayed.verdict === said.verdict && replayed.what === said.what,
    evidence: weighed(questions, evidence),
  }
}

/** A change that was cleared was judged inside whatever served then; a verdict is about the release itself. */
function releaseOf(said: Said, release: ReleaseNumber, judged: ReleaseNumber): ReleaseNumber {
  return said.verdict === 'against' ? release : judged
}

function weighed(questions: readonly Question[], { trials, growth }: Evidence): readonly Weighed[] {
  return questions.flatMap((question) => {
    const running = trials.find(({ key }) => key === keyOf(question))?.running ?? null
    if (running === null) return []
    const metrics = metricsOf(running, leakEvidence(question, growth))
    return [
      {
        about: question.about,
        evidence: combined(metrics),
        limit: 1 / alphaOf(question),
        explained: describeTrial(question, running, metrics),
      },
    ]
  })
}
