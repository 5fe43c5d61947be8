// What watching a stage comes to, after every tick: milestones of the bake, soaked steps, verdicts, holds. Pure; the
// judge is handed in.
import type { Judgement, Question } from '../analysis/judgement.ts'
import { requestsOf, spellsAlone, watchedMs, sumOf, type Evidence, type Spell } from '../analysis/evidence.ts'
import { watchedName } from '../analysis/neighbours/neighbour.ts'
import type { ReleaseNumber } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { contains } from './contains.ts'
import type { Finding } from './finding.ts'
import { unclearedIn } from './lifting.ts'
import { searchFindings, seenOf } from './search-findings.ts'
import { markOf, stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'
import { lineBook, workedOut } from './worked-out.ts'

/** Requests a candidate must have seen before everybody gets it, where the stage says nothing else. */
export const ROLLOUT_REQUESTS = 100

export type AskJudge = (question: Question, evidence: Evidence) => Judgement

export function assess(
  state: ServiceState,
  definition: StageDefinition,
  evidence: Evidence,
  ask: AskJudge,
): readonly Finding[] {
  const stage = stageOf(state, definition.stage)
  const questions = questionsOf(state, definition, stage)
  const answers = questions.map((question) => ({ question, judgement: ask(question, evidence) }))
  const against = answers.flatMap(({ question, judgement }): Finding[] =>
    judgement.verdict === 'against' ? [againstFinding(stage, question, judgement, evidence)] : [],
  )
  const [first] = against
  if (first) return [first]
  const mismatch = questions.length > 0 ? planMismatch(stage, evidence) : undefined
  if (mismatch !== undefined) return [{ found: 'hold', reason: mismatch }]
  const holds = answers.flatMap(({ question: { about }, judgement }) =>
    judgement.verdict === 'hold' ? [{ about, ...judgement }] : [],
  )
  const { rollout } = stage
  // What rolls out may be the very release that tells what the live one does not.
  const hold = holds.find(
    ({ about, ofItself }) => ofItself !== true || about === 'rollout' || rollout?.direction !== 'forward',
  )
  if (hold) return [{ found: 'hold', reason: hold.reason }]
  const resumed: readonly Finding[] = stage.hold ? [{ found: 'no-hold' }] : []
  if (holds.length > 0 && rollout) return [...resumed, ...soaked(definition, rollout, evidence)]
  const asked = answers.filter(({ question }) => question.about === 'bake')
  const isShownSafe =
    asked.length > 0 &&
    asked.every(({ judgement }) => judgement.verdict === 'none' && judgement.isShownSafe === true)
  const isProbeSafe = answers.some(
    ({ question, judgement }) =>
      question.about === 'rollout' && judgement.verdict === 'none' && judgement.isShownSafe === true,
  )
  return [
    ...resumed,
    ...searchFindings(state, stage, evidence, isProbeSafe),
    ...milestones(state, definition, stage, evidence, isShownSafe),
  ]
}

/** Ticks before a release came that are looked at, for what the one before it did: over an hour, at the closest pace. */
const HISTORY_TICKS = 4_000

/** What is on trial in a stage; nothing, once everything there is cleared and its watch is over. */
export function questionsOf(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
): readonly Question[] {
  const kept = questionsKept(lineBook(state), definition, stage)
  kept.questions ??= findQuestions(state, definition, stage).map((question) => ({
    ...question,
    ...(definition.alarms === undefined ? {} : { alarms: definition.alarms }),
    ...watchesOf(definition),
    ...(stage.budget
      ? { alpha: question.about === 'rollout' ? stage.budget.newest : stage.budget.live }
      : {}),
    fromSeq: Math.max(0, question.sinceSeq - HISTORY_TICKS),
  }))
  return kept.questions
}

function watchesOf({ watches, stage }: StageDefinition): Pick<Question, 'watches'> {
  return watches === undefined ? {} : { watches: watches.map((one) => watchedName(one, stage)) }
}

/** Evidence begins after this tick: what is asked now rests on nothing older. */
export function ticksNeededFrom({ ticksFrom }: StageState, questions: readonly Question[]): number {
  return Math.min(ticksFrom, ...questions.map(({ fromSeq = 0 }) => fromSeq))
}

/** Asked several times at every tick, of a stage in which mostly nothing has happened since. */
const questionsKept = workedOut(
  (
    _book: ReturnType<typeof lineBook>,
    _definition: StageDefinition,
    _stage: StageState,
  ): { questions?: readonly Question[] } => ({}),
)

function findQuestions(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
): readonly Question[] {
  const { rollout, live } = stage
  const questions: Question[] = []
  if (rollout?.direction === 'forward')
    questions.push({
      about: 'rollout',
      release: rollout.release,
      carriers: [rollout.release],
      baseline: rollout.from,
      sinceSeq: rollout.sinceTick,
      plannedMs: rollout.steps.reduce((sum, step) => sum + step.soakMs, 0),
    })
  if (live && rollout?.direction !== 'back') {
    const mark = markOf(stage, live.release)
    const open = definition.bake ? unclearedIn(state, stage.stage, live.release, null) : []
    // What was said once is not asked again: it would drown what the rollout over it comes to.
    // A watch begins with the bake it lies under; until that is over, the bake's rules say who is to blame.
    if (definition.bake && open.length > 0 && mark.against === null)
      questions.push(
        ...bakeQuestions(state, stage, { release: live.release, open, plannedMs: definition.bake.forMs }),
      )
    else if (open.length === 0 && mark.against === null && stage.watch?.release === live.release)
      questions.push({
        about: 'watch',
        release: live.release,
        carriers: [live.release],
        baseline: measures(stage)[0] ?? null,
        sinceSeq: mark.sinceTick,
        plannedMs: definition.watchMs,
      })
  }
  return questions
}

/**
 * The live release alone, against the one before it; and each older change that is not cleared by the sum of all that
 * carried it, against the last release served without it (behaviour 2.2).
 */
function bakeQuestions(
  state: ServiceState,
  stage: StageState,
  {
    release,
    open,
    plannedMs,
  }: { readonly release: ReleaseNumber; readonly open: readonly ReleaseNumber[]; readonly plannedMs: number },
): readonly Question[] {
  const served = measures(stage)
  const alone: Question = {
    about: 'bake',
    release,
    carriers: [release],
    baseline: served[0] ?? null,
    sinceSeq: markOf(stage, release).sinceTick,
    plannedMs,
  }
  const questions = [alone]
  for (const change of open.toReversed()) {
    const carriers = [release, ...served.filter((other) => contains(state, other, change))]
    if (questions.some((other) => other.carriers.length === carriers.length)) continue
    const baseline = served.find((other) => !contains(state, other, change)) ?? null
    questions.push({ ...alone, carriers, baseline, sinceSeq: markOf(stage, change).sinceTick })
  }
  return questions
}

/** Ticks after which evidence counts, for one release or another. */
export function questionsFrom(stage: StageState): ReadonlySet<number> {
  const marks = Object.values(stage.marks).map((mark) => mark.sinceTick)
  const { rollout, watch, search } = stage
  return new Set([rollout?.sinceTick ?? 0, watch?.sinceTick ?? 0, search?.sinceTick ?? 0, ...marks])
}

/** What was served here before, newest first, and may be compared with. */
function measures(stage: StageState): readonly ReleaseNumber[] {
  return stage.before.filter((release) => {
    const mark = markOf(stage, release)
    return mark.against === null && mark.takenOut === null
  })
}

/** Ticks in a row from which it follows that the routers do something else than they acknowledged. */
const MISMATCHED_TICKS = 3

function planMismatch(stage: StageState, { recent }: Evidence): string | undefined {
  const last = recent.slice(-MISMATCHED_TICKS)
  const isOther = (tick: Evidence['recent'][number]): boolean =>
    tick.routerSeen && tick.acknowledged === stage.plan.generation
  return last.length === MISMATCHED_TICKS && last.every(isOther)
    ? 'the routers follow another traffic plan than the one they acknowledged'
    : undefined
}

function againstFinding(
  stage: StageState,
  question: Question,
  judgement: Extract<Judgement, { verdict: 'against' }>,
  evidence: Evidence,
): Finding {
  return {
    found: 'against',
    release: question.release,
    during: question.about,
    rollout: question.about === 'rollout' ? (stage.rollout?.rollout ?? null) : null,
    what: judgement.what,
    cause: judgement.cause,
    alone: judgement.alone,
    seen: seenOf(evidence, question.carriers, question.sinceSeq),
  }
}

function milestones(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  evidence: Evidence,
  isShownSafe: boolean,
): readonly Finding[] {
  const findings: Finding[] = []
  const { rollout, live } = stage
  if (rollout) findings.push(...soaked(definition, rollout, evidence))
  if (!live) return findings
  const alone = watchedMs(spellsAlone(evidence, live.release, markOf(stage, live.release).sinceTick))
  if (definition.bake && !markOf(stage, live.release).ownServed && alone >= definition.bake.ownMs)
    findings.push({ found: 'own-served', release: live.release })
  const isWatched = stage.watch?.release === live.release && markOf(stage, live.release).against === null
  if (isWatched && watchSpentMs(stage, evidence) >= definition.watchMs)
    findings.push({ found: 'watch-over', release: live.release })
  findings.push(...bakeOver(state, definition, stage, evidence, isShownSafe))
  return findings
}

/** Watched time since the rollout ended: what its last step soaked was that step's. */
export function watchSpentMs(stage: StageState, evidence: Evidence): number {
  const { watch } = stage
  if (!watch) return 0
  const since = Math.max(markOf(stage, watch.release).sinceTick, watch.sinceTick ?? 0)
  return watchedMs(spellsAlone(evidence, watch.release, since))
}

/** A step needs its watched time; before everybody gets it, also something to have been seen (behaviour 2.4). */
function soaked(definition: StageDefinition, rollout: Rollout, evidence: Evidence): readonly Finding[] {
  const step = rollout.steps[rollout.step]
  if (!step || rollout.phase !== 'soaking' || rollout.direction === 'back' || rollout.lane === 'probe')
    return []
  const spells = evidence.spells.filter((spell) => spell.fromSeq > rollout.sinceTick)
  const soakedMs = watchedMs(spells.filter((spell) => shareOf(spell, rollout.release) === step.percent))
  if (soakedMs < step.soakMs) return []
  const found = {
    found: 'step-soaked',
    release: rollout.release,
    rollout: rollout.rollout,
    step: rollout.step,
  } as const
  const isLastBeforeAll = rollout.steps[rollout.step + 1]?.percent === 100
  if (!isLastBeforeAll || definition.traffic === 'none') return [{ ...found, proof: 'proven' }]
  const wanted = definition.bake?.requests ?? ROLLOUT_REQUESTS
  if (sumOf(spells, rollout.release).requests >= wanted) return [{ ...found, proof: 'proven' }]
  return definition.inconclusive === 'extend' && soakedMs < 2 * step.soakMs
    ? []
    : [{ ...found, proof: 'unproven' }]
}

export function soakedMsOf(rollout: Rollout, evidence: Evidence): number {
  const percent = rollout.steps[rollout.step]?.percent
  return watchedMs(
    evidence.spells.filter(
      (spell) => spell.fromSeq > rollout.sinceTick && shareOf(spell, rollout.release) === percent,
    ),
  )
}

function shareOf(spell: Spell, release: ReleaseNumber): number {
  return spell.shares.find(([candidate]) => candidate === release)?.[1] ?? 0
}

function bakeOver(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  evidence: Evidence,
  isShownSafe: boolean,
): readonly Finding[] {
  const { live, rollout } = stage
  const { bake } = definition
  if (!live || !bake || rollout?.direction === 'back' || stage.stuck) return []
  if (markOf(stage, live.release).against !== null) return []
  const proven: ReleaseNumber[] = []
  const inconclusive: ReleaseNumber[] = []
  for (const change of unclearedIn(state, stage.stage, live.release, null)) {
    if (stage.suspects.includes(change)) continue
    const seen = carriedBy(state, stage, evidence, change)
    // Every question that is open was answered well, so also the one about this change.
    const mayBeEarly = isShownSafe && seen.watchedMs >= (bake.atLeastMs ?? Number.POSITIVE_INFINITY)
    const isEarly = mayBeEarly && seen.requests >= bake.requests
    if (isEarly) proven.push(change)
    if (isEarly || seen.watchedMs < bake.forMs) continue
    if (definition.traffic === 'none' || seen.requests >= bake.requests) proven.push(change)
    else if (definition.inconclusive !== 'extend' || seen.watchedMs >= 2 * bake.forMs)
      inconclusive.push(change)
  }
  const findings: Finding[] = []
  if (proven.length > 0)
    findings.push({ found: 'bake-over', release: live.release, changes: proven, proof: 'proven' })
  if (inconclusive.length > 0)
    findings.push({ found: 'bake-over', release: live.release, changes: inconclusive, proof: 'inconclusive' })
  return findings
}

/** Evidence of a change: the ticks in which every release that served carried it (behaviour 2.1, 2.2). */
export function carriedBy(
  state: ServiceState,
  stage: StageState,
  evidence: Evidence,
  change: ReleaseNumber,
): { readonly watchedMs: number; readonly requests: number } {
  const since = markOf(stage, change).sinceTick
  const spells = evidence.spells.filter(
    (spell) =>
      spell.fromSeq > since &&
      spell.shares.length > 0 &&
      spell.shares.every(
        ([release]) => contains(state, release, change) && !isTakenOut(stage, release, spell),
      ),
  )
  return { watchedMs: watchedMs(spells), requests: requestsOf(spells) }
}

/** Spells of what was rolled back count for nobody. */
function isTakenOut(stage: StageState, release: ReleaseNumber, spell: Spell): boolean {
  const { against, takenOut, sinceTick } = markOf(stage, release)
  return against !== null || takenOut !== null || spell.fromSeq <= sinceTick
}
