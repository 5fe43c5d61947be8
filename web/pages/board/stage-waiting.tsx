import { useState } from 'react'
import type { StageView } from '../../../src/api/board.ts'
import { actOfReason } from '../../data/stage-acts.ts'
import { type WaitingGroup, groupWaiting, nameGroup } from '../../data/waiting.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Button } from '../../parts/button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'

const shownAtFirst = 3

/** What would like to enter, and why it has not: in order, the next one first. */
export function StageWaiting({ service, stage }: { readonly service: string; readonly stage: StageView }) {
  const [isOpened, setIsOpened] = useState(false)
  const { waiting } = stage
  if (waiting.length === 0) return null
  const groups = groupWaiting(waiting)
  const shown = isOpened ? groups : groups.slice(0, shownAtFirst)
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
            <WaysOut service={service} stage={stage.stage} group={group} />
          </li>
        ))}
      </ul>
      {others > 0 ? (
        <Button look="quiet" className="mt-1 -ml-2.5" onClick={() => setIsOpened(true)}>
          Show {others} more
        </Button>
      ) : null}
    </section>
  )
}

/** Buttons for what the reasons say would help. */
function WaysOut(props: { readonly service: string; readonly stage: string; readonly group: WaitingGroup }) {
  const { releases, why } = props.group
  const acts = new Set(why.flatMap(({ code }) => actOfReason(code) ?? []))
  const [release, ...others] = releases
  if (release === undefined || others.length > 0) return null
  return [...acts].map((act) => (
    <ActButton
      key={act}
      act={act}
      look="quiet"
      service={props.service}
      stage={props.stage}
      release={release}
      about={nameGroup(releases)}
      {...(act === 'accept' ? { word: 'It contains that' } : {})}
    />
  ))
}
