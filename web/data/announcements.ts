// What a screen reader is told when the board changed under it: only what a person would look up for.
import type { Board, StageView } from '../../src/api/board.ts'
import { headlineOfStage } from './attention.ts'
import { describeRoute, nameRelease } from './wording.ts'

/** Sentences about what changed between two boards, oldest service first. Numbers that tick are not news. */
export function announce(before: Board, after: Board): readonly string[] {
  const news: string[] = []
  for (const service of after.services) {
    const old = before.services.find((each) => each.service === service.service)
    if (old === undefined) {
      news.push(`${service.service} was added.`)
      continue
    }
    for (const stage of service.stages) {
      const was = old.stages.find((each) => each.stage === stage.stage)
      if (was === undefined) continue
      const text = announceStage(was, stage)
      if (text !== null) news.push(`${service.service}, ${stage.stage}: ${text}`)
    }
  }
  return news
}

function announceStage(was: StageView, is: StageView): string | null {
  const lock = is.locks.find((each) => !was.locks.some((old) => old.id === each.id))
  if (lock !== undefined) return `locked by ${lock.owner}.`
  if (was.locks.length > 0 && is.locks.length === 0) return 'unlocked.'
  if (is.rollout !== null && was.rollout?.rollout !== is.rollout.rollout)
    return is.rollout.direction === 'forward' && is.rollout.lane === 'probe'
      ? `${describeRoute(is.rollout).toLowerCase()}.`
      : is.rollout.direction === 'forward'
        ? `rolling out ${describeRoute(is.rollout)}.`
        : `going ${describeRoute(is.rollout).toLowerCase()}.`
  if (is.rollout !== null && was.rollout?.step !== is.rollout.step)
    return `step ${is.rollout.step} of ${is.rollout.steps.length}.`
  if (is.live !== null && was.live?.release !== is.live.release)
    return `${nameRelease(is.live.release)} is live.`
  const headline = headlineOfStage(is)
  return headline.word === headlineOfStage(was).word ? null : `${headline.word.toLowerCase()}.`
}
