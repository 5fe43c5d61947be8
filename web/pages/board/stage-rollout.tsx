import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { describePhase, describeRoute, nameActor, sentenceOf } from '../../data/wording.ts'
import { StepBar } from '../../parts/bars.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { toneText } from '../../parts/tone.tsx'

// The sentence of the phase says the same already.
const saidByPhase = new Set([
  'rollout/preparing',
  'rollout/shifting',
  'rollout/gate',
  'rollout/soaking',
  'gate/paused',
  // Who is suspected stands beside it.
  'search/probing',
])

/** The rollout under way: which over which, how far, and what it is doing. */
export function StageRollout({ service, stage }: { service: ServiceView; stage: StageView }) {
  const { rollout } = stage
  if (rollout === null) return null
  const row = service.releases.find((each) => each.release === rollout.release)
  const endsAt = rollout.why.find(({ code }) => code === 'rollout/soaking')?.until ?? null
  const tone = rollout.direction === 'back' ? 'wrong' : rollout.phase === 'held' ? 'held' : 'moving'
  return (
    <section aria-label="Rollout under way" className="space-y-2">
      <p className="flex flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span className={`font-semibold ${toneText[tone]}`}>{describeRoute(rollout)}</span>
        <span className="text-[13px] text-ink-2">
          started <Moment at={rollout.startedAt} side="right" />
          {rollout.by.kind === 'person' ? ` by ${nameActor(rollout.by)}` : ''}
        </span>
      </p>
      {row === undefined || row.release === stage.live?.release ? null : (
        <p className="!mt-0 line-clamp-2 text-sm">
          <ReleaseLink service={service.service} release={row.release} className="hover:underline">
            {row.subject}
          </ReleaseLink>{' '}
          <span className="text-[13px] text-ink-2">{row.author}</span>
        </p>
      )}
      <StepBar rollout={rollout} />
      <p className="text-sm">
        {sentenceOf(describePhase(rollout))}{' '}
        <Reasons why={rollout.why.filter(({ code }) => !saidByPhase.has(code))} />
        {endsAt === null ? null : (
          <span className="text-ink-2">
            Until <Moment at={endsAt} as="both" reachable={false} />.
          </span>
        )}
      </p>
    </section>
  )
}
