import { useState } from 'react'
import type { BacklogChange, BacklogStage, ChangeSize } from '../../../src/api/backlog.ts'
import { describeDuration } from '../../data/durations.ts'
import { actOfReason } from '../../data/stage-acts.ts'
import { nameRelease, plural, sentenceOf } from '../../data/wording.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { Notice } from '../../parts/tone.tsx'

// More would push everything else off the screen.
const shownAtFirst = 8

/** What piled up before a stage: whose it is, how large, how risky it looks, why it waits and when it would be live. */
export function StageBacklog({
  service,
  backlog,
}: {
  readonly service: string
  readonly backlog: BacklogStage
}) {
  const { stage, changes, age, size, openings } = backlog
  const [isWhole, setIsWhole] = useState(false)
  const oldest = age === null ? '' : ` · the oldest for ${describeDuration(age.oldestMs)}`
  if (changes.length === 0) return null
  const shown = isWhole ? changes : changes.slice(0, shownAtFirst)
  const others = changes.length - shown.length
  return (
    <section aria-label={`Waits to enter ${stage}`} className="border-t border-line pt-3">
      <h4 className="mb-1 text-[13px] font-medium text-ink-2">
        {changes.length === 1 ? 'One change waits' : `${changes.length} changes wait`}
        {size === null ? '' : ` · ${sizeText(size)}`}
        {oldest}
      </h4>
      {age === null || age.text === null ? null : (
        <div className="mb-2">
          <Notice tone={age.level === 'very-old' ? 'wrong' : 'held'} icon="clock" word="It piles up.">
            {sentenceOf(age.text)}
          </Notice>
        </div>
      )}
      <ol className="space-y-2 text-sm">
        {shown.map((change, index) => (
          <Change
            key={change.release}
            service={service}
            stage={stage}
            change={change}
            isSaid={sameWhy(change, changes[index - 1])}
          />
        ))}
      </ol>
      {others > 0 ? (
        <Button look="quiet" className="mt-1 -ml-2.5" onClick={() => setIsWhole(true)}>
          Show {others} more
        </Button>
      ) : null}
      {openings.length === 0 ? null : (
        <details className="mt-2 text-sm">
          <summary className="inline-flex min-h-8 items-center rounded text-[13px] text-ink-2 hover:text-ink touch:min-h-11">
            If its locks were lifted now
          </summary>
          <ul className="space-y-1">
            {openings.map((opening) => (
              <li key={opening.queue}>
                <span className="font-medium">
                  {opening.queue === 'each' ? 'One at a time:' : 'The latest:'}
                </span>{' '}
                {sentenceOf(opening.text)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Change(props: {
  readonly service: string
  readonly stage: string
  readonly change: BacklogChange
  /** The same reasons stand at the change before. */
  readonly isSaid: boolean
}) {
  const { service, stage, change } = props
  const act = change.why.map(({ code }) => actOfReason(code)).find((each) => each !== null) ?? null
  return (
    <li>
      <p className="flex gap-2">
        <ReleaseLink service={service} release={change.release} />
        <span className={`min-w-0 truncate ${change.isSetAside ? 'text-ink-3 line-through' : ''}`}>
          {change.subject}
        </span>
        <span className="ml-auto max-w-2/5 shrink-0 truncate text-ink-2">{change.author}</span>
      </p>
      <p className="text-[13px] text-ink-2">
        {change.isSetAside ? 'Set aside · ' : ''}
        {change.size === null ? '' : `${sizeText(change.size)} · `}
        merged <Moment at={change.mergedAt} reachable={false} />
        {change.liveAt === null || change.isSetAside ? null : (
          <>
            {' · live '}
            <Moment at={change.liveAt} as="both" reachable={false} />
            {change.liveIn === null || change.liveIn === change.release
              ? ''
              : ` inside ${nameRelease(change.liveIn)}`}
          </>
        )}
      </p>
      {change.risks.map((risk) => (
        <p key={risk.kind} className="text-[13px] text-held" title={risk.files.join('\n')}>
          <Icon name="warn" className="-mt-0.5 size-3.5" /> {sentenceOf(risk.text)}
        </p>
      ))}
      {props.isSaid ? null : (
        <p>
          <Reasons why={change.why} />
        </p>
      )}
      {act === null ? null : (
        <ActButton
          act={act}
          look="quiet"
          service={service}
          stage={stage}
          release={change.release}
          about={nameRelease(change.release)}
          {...(act === 'accept' ? { word: 'It contains that' } : {})}
        />
      )}
    </li>
  )
}

function sizeText({ files, added, removed }: ChangeSize): string {
  return `+${added} −${removed} in ${plural(files, 'file')}`
}

function sameWhy(change: BacklogChange, before: BacklogChange | undefined): boolean {
  const textOf = ({ why }: BacklogChange) => why.map(({ text }) => text).join('\n')
  return before !== undefined && change.why.length > 0 && textOf(before) === textOf(change)
}
