import { useState } from 'react'
import type { StageView } from '../../../src/api/board.ts'
import { groupWaiting, nameGroup } from '../../data/waiting.ts'
import { Button } from '../../parts/button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'

const shownAtFirst = 3

/** What would like to enter, and why it has not: in order, the next one first. */
export function StageWaiting({ service, stage }: { readonly service: string; readonly stage: StageView }) {
  const [isWhole, setIsWhole] = useState(false)
  const { waiting } = stage
  if (waiting.length === 0) return null
  const groups = groupWaiting(waiting)
  const shown = isWhole ? groups : groups.slice(0, shownAtFirst)
  const others = groups.length - shown.length
  return (
    <section aria-label={`Waits to enter ${stage.stage}`} className="border-t border-line pt-3">
      <h4 className="mb-1 text-[13px] font-medium text-ink-2">
        {waiting.length === 1 ? 'Waits to enter' : `${waiting.length} wait to enter`}
      </h4>
      <ul className="space-y-1 text-sm">
        {shown.map((group) => (
          <li key={group.releases.join()}>
            <span className="mr-2 font-medium">
              {group.releases.length === 1 ? (
                <ReleaseLink service={service} release={group.releases[0] ?? 0} />
              ) : (
                nameGroup(group.releases)
              )}
            </span>
            <Reasons why={group.why} />
          </li>
        ))}
      </ul>
      {others > 0 ? (
        <Button look="quiet" className="mt-1 -ml-2.5" onClick={() => setIsWhole(true)}>
          Show {others} more
        </Button>
      ) : null}
    </section>
  )
}
