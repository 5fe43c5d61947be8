import { useState } from 'react'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { shortSha } from '../../data/figures.ts'
import { nameRelease } from '../../data/wording.ts'
import { useMayAct } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Moment } from '../../parts/moment.tsx'
import { anchorOf } from './anchors.ts'
import { ServicePanel } from './service-panel.tsx'

/** A calm service on a long board: one line, which opens into the whole. Locking needs no opening. */
export function ServiceRow({ service }: { readonly service: ServiceView }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <div className="-mt-px border border-line bg-paper first:rounded-t-lg last:rounded-b-lg">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-1.5 py-1">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className="flex min-h-8 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left font-medium hover:bg-sunken touch:min-h-11 md:w-52"
        >
          <Icon name={isOpen ? 'down' : 'next'} className="text-ink-3" />
          <span className="truncate">{service.service}</span>
        </button>
        <ul className="flex min-w-0 flex-1 flex-wrap gap-x-6 gap-y-1 pl-8 md:pl-0">
          {service.stages.map((stage) => (
            <StageLine key={stage.stage} service={service.service} stage={stage} />
          ))}
        </ul>
      </div>
      {isOpen ? (
        <div className="border-t border-line bg-page p-4">
          <ServicePanel service={service} isFramed={false} />
        </div>
      ) : null}
    </div>
  )
}

function StageLine({ service, stage }: { readonly service: string; readonly stage: StageView }) {
  const mayAct = useMayAct()
  return (
    <li
      id={anchorOf(service, stage.stage)}
      tabIndex={-1}
      data-stage={stage.stage}
      data-service={service}
      className="flex w-full min-w-0 items-center justify-between gap-2 rounded-md text-sm md:w-auto md:flex-1 md:justify-start"
    >
      <span className="min-w-0 truncate">
        <span className="text-ink-2">{stage.stage}</span>{' '}
        {stage.live === null ? (
          <span className="text-ink-3">empty</span>
        ) : (
          <>
            <span className="font-medium">{nameRelease(stage.live.release)}</span>{' '}
            <code className="font-mono text-[13px] text-ink-2">{shortSha(stage.live.sha)}</code>
            {stage.liveSince === null ? null : (
              <span className="hidden text-ink-3 lg:inline">
                {' '}
                <Moment at={stage.liveSince} as="length" reachable={false} />
              </span>
            )}
          </>
        )}
      </span>
      {mayAct ? (
        <Button
          look="quiet"
          aria-label={`Lock ${service} ${stage.stage}`}
          onClick={() => wishFor({ act: 'lock', service, stage: stage.stage, release: null })}
          className="!px-2 touch:min-w-11"
        >
          <Icon name="lock" />
        </Button>
      ) : null}
    </li>
  )
}
