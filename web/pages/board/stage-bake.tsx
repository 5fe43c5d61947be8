import type { StageView } from '../../../src/api/board.ts'
import { describeDuration } from '../../data/durations.ts'
import { describeCount } from '../../data/figures.ts'
import { type Bake, describeLeft, nameRelease } from '../../data/wording.ts'
import { Bar } from '../../parts/bars.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'

/** What bakes and how much of it is left, change by change; or the watch that goes on after a rollout. */
export function StageBake({ service, stage }: { readonly service: string; readonly stage: StageView }) {
  return (
    <>
      {stage.bake === null || stage.bake.changes.length === 0 ? null : (
        <Changes service={service} bake={stage.bake} />
      )}
      {stage.watch === null ? null : (
        <p className="text-[13px] text-ink-2">
          Watching {nameRelease(stage.watch.release)}: {describeDuration(stage.watch.watchedMs)} of{' '}
          {describeDuration(stage.watch.forMs)}
        </p>
      )}
      <FalseStops stage={stage} />
    </>
  )
}

/** How sure a stop is, while something may be stopped, or where something was. */
function FalseStops({ stage: { budget, bake, watch, rollout } }: { readonly stage: StageView }) {
  const isOnTrial = bake !== null || watch !== null || rollout !== null
  if (budget === null || (!isOnTrial && budget.stops === 0)) return null
  return <p className="text-[13px] text-ink-2">False stops: {budget.text}.</p>
}

function Changes({ service, bake }: { readonly service: string; readonly bake: Bake }) {
  const ownLeftMs = bake.ownMs - bake.ownServedMs
  return (
    <section aria-label="Bake" className="space-y-2.5">
      <ul className="space-y-2.5">
        {bake.changes.map((change) => {
          const timePart = bake.forMs === 0 ? 1 : change.watchedMs / bake.forMs
          const requestPart = bake.requests === 0 ? 1 : change.requests / bake.requests
          return (
            <li key={change.release}>
              <p className="mb-1 flex justify-between gap-3 text-sm">
                <span className="shrink-0">
                  <ReleaseLink service={service} release={change.release} />{' '}
                  <span className="text-ink-2">{describeDuration(change.watchedMs)}</span>
                </span>
                <span className="truncate text-right text-[13px] text-ink-2">
                  {describeLeft(change, bake)}
                </span>
              </p>
              <Bar part={Math.min(timePart, requestPart)} isDone={timePart >= 1 && requestPart >= 1} />
            </li>
          )
        })}
      </ul>
      <p className="text-[13px] text-ink-2">
        Each needs {describeDuration(bake.forMs)} watched
        {bake.requests === 0 ? '' : ` and ${describeCount(bake.requests)} requests`}.
        {ownLeftMs > 0
          ? ` The newest has served ${describeDuration(bake.ownServedMs)} of its own ${describeDuration(bake.ownMs)}.`
          : ''}
      </p>
    </section>
  )
}
