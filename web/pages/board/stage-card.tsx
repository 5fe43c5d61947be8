import type { ReactNode } from 'react'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { headlineOfStage } from '../../data/attention.ts'
import type { Tone } from '../../data/wording.ts'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { toneText } from '../../parts/tone.tsx'
import { anchorOf } from './anchors.ts'
import { LockButton, MoreActs, StageActs } from './stage-act-buttons.tsx'
import { StageArms } from './stage-arms.tsx'
import { StageBake } from './stage-bake.tsx'
import { StageLive } from './stage-live.tsx'
import { StageNotices } from './stage-notices.tsx'
import { StageRollout } from './stage-rollout.tsx'
import { StageWaiting } from './stage-waiting.tsx'

const frames: Readonly<Record<Tone, string>> = {
  quiet: 'border-line',
  moving: 'border-line',
  held: 'border-held-line',
  wrong: 'border-wrong-line',
}

const icons: Readonly<Record<Tone, IconName>> = {
  quiet: 'dot',
  moving: 'forward',
  held: 'hold',
  wrong: 'warn',
}

/** One stage, top to bottom: what it is, what it runs, what is wrong or held, what moves, what waits. */
export function StageCard(card: {
  readonly service: ServiceView
  readonly stage: StageView
  /** In place of the short list of what waits; that list when left out. */
  readonly waiting?: ReactNode
}) {
  const { service, stage } = card
  const headline = headlineOfStage(stage)
  const heading = `${anchorOf(service.service, stage.stage)}-name`
  return (
    <li className="stage-slot relative flex min-w-0 items-start">
      <article
        id={anchorOf(service.service, stage.stage)}
        aria-labelledby={heading}
        tabIndex={-1}
        data-stage={stage.stage}
        data-service={service.service}
        className={`@container flex min-w-0 flex-1 scroll-mt-20 flex-col gap-3 rounded-xl border bg-paper p-4 ${frames[headline.tone]}`}
      >
        <header className="flex items-start gap-2">
          <div className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-x-2 touch:min-h-11">
            <h3 id={heading} className="min-w-0 font-semibold">
              {stage.stage}
            </h3>
            <p className={`flex items-center gap-1 text-[13px] whitespace-nowrap ${toneText[headline.tone]}`}>
              <Icon
                name={icons[headline.tone]}
                className={headline.tone === 'quiet' ? 'size-3 text-ink-3' : 'size-3.5'}
              />
              {headline.word}
            </p>
          </div>
          <div className="flex shrink-0 items-center gap-1">
            <LockButton service={service} stage={stage} />
            <MoreActs service={service} stage={stage} />
          </div>
        </header>
        <StageLive service={service.service} stage={stage} />
        <StageNotices service={service} stage={stage} />
        <StageRollout service={service} stage={stage} />
        <StageBake service={service.service} stage={stage} />
        <StageArms stage={stage} />
        <StageActs service={service} stage={stage} />
        {card.waiting === undefined ? <StageWaiting service={service.service} stage={stage} /> : card.waiting}
      </article>
    </li>
  )
}
