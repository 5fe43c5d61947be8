import { useState } from 'react'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { actOfReason } from '../../data/stage-acts.ts'
import { type WaitingGroup, groupWaiting, nameGroup } from '../../data/waiting.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Button } from '../../parts/button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'

const shownAtFirst = 3

/** What would like to enter, and why it has not: in order, the next one first. */
export function StageWaiting(props: {
  readonly service: ServiceView
  readonly stage: StageView
  readonly isWhole: boolean
}) {
  const [isOpened, setIsOpened] = useState(false)
  const { service, stage } = props
  const { waiting } = stage
  if (waiting.length === 0) return null
  const groups = groupWaiting(waiting)
  const shown = isOpened || props.isWhole ? groups : groups.slice(0, shownAtFirst)
  const others = groups.length - shown.length
  return (
    <section aria-label={`Waits to enter ${stage.stage}`} className="border-t border-line pt-3">
      <h4 className="mb-1 text-[13px] font-medium text-ink-2">
        {waiting.length === 1 ? 'Waits to enter' : `${waiting.length} wait to enter`}
      </h4>
      <ul className="space-y-1 text-sm">
        {shown.map((group) => (
          <li key={group.releases.join()}>
            {props.isWhole ? (
              <Changes service={service} releases={group.releases} />
            ) : (
              <span className="mr-2 font-medium">
                {group.releases.length === 1 ? (
                  <ReleaseLink service={service.service} release={group.releases[0] ?? 0} />
                ) : (
                  nameGroup(group.releases)
                )}
              </span>
            )}
            <Reasons why={group.why} />
            <WaysOut service={service.service} stage={stage.stage} group={group} />
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

/** What waits by name: whose it is and what it does. */
function Changes(props: { readonly service: ServiceView; readonly releases: readonly number[] }) {
  const { service, releases } = props
  return (
    <ul className="mb-0.5">
      {releases.map((release) => {
        const row = service.releases.find((each) => each.release === release)
        return (
          <li key={release} className="flex gap-2">
            <ReleaseLink service={service.service} release={release} />
            <span className="min-w-0 truncate">{row?.subject}</span>
            <span className="shrink-0 text-ink-2">{row?.author}</span>
          </li>
        )
      })}
    </ul>
  )
}
