import type { ReactNode } from 'react'
import type { ServiceView } from '../../../src/api/board.ts'
import { SourceNotices } from './source-notices.tsx'
import { StageCard } from './stage-card.tsx'

/** The stages left to right (top to bottom on a phone), under what is wrong before the first of them. */
export function Pipeline(props: {
  readonly service: ServiceView
  /** What stands in place of the short list of what waits to enter a stage. */
  readonly waitingOf?: (stage: string) => ReactNode
}) {
  const { service, waitingOf } = props
  return (
    <>
      <div className="space-y-2 not-empty:mb-3">
        <SourceNotices service={service} />
      </div>
      <ol
        className="grid grid-cols-1 gap-6 md:grid-cols-[repeat(auto-fit,minmax(19rem,1fr))]"
        aria-label={`Pipeline of ${service.service}`}
      >
        {service.stages.map((stage) => (
          <StageCard key={stage.stage} service={service} stage={stage} waiting={waitingOf?.(stage.stage)} />
        ))}
      </ol>
    </>
  )
}
