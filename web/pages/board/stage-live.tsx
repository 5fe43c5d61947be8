import type { StageView } from '../../../src/api/board.ts'
import { Moment } from '../../parts/moment.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { Sha } from '../../parts/sha.tsx'

/** What customers of this stage get now. */
export function StageLive({ service, stage }: { readonly service: string; readonly stage: StageView }) {
  const { live } = stage
  const address = stage.addresses[0]
  if (live === null) return <p className="text-ink-2">Nothing runs here yet.</p>
  return (
    <div>
      <p className="flex flex-wrap items-baseline gap-x-2.5">
        <ReleaseLink
          service={service}
          release={live.release}
          className="text-2xl leading-tight font-semibold tracking-tight hover:underline"
        />
        <Sha sha={live.sha} />
        {stage.liveSince === null ? null : (
          <span className="ml-auto text-[13px] text-ink-2">
            live <Moment at={stage.liveSince} as="length" side="right" />
          </span>
        )}
      </p>
      <p className="mt-0.5 line-clamp-2">
        <ReleaseLink service={service} release={live.release} className="hover:underline">
          {live.subject}
        </ReleaseLink>
      </p>
      <p className="mt-0.5 truncate text-[13px] text-ink-2">
        {live.author}
        {live.mergedBy === null ? '' : `, merged by ${live.mergedBy}`}
        {address === undefined ? null : (
          <>
            {' · '}
            <a href={address} className="hover:text-ink hover:underline">
              {address.replace(/^https?:\/\//, '').replace(/\/$/, '')}
            </a>
          </>
        )}
      </p>
    </div>
  )
}
