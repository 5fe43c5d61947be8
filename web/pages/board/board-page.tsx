import { useDeferredValue, useMemo, useState } from 'react'
import type { Board } from '../../../src/api/board.ts'
import { summarize } from '../../data/attention.ts'
import { useBoard, useStream } from '../../data/queries.ts'
import { Failed, Loading } from '../../parts/page-state.tsx'
import { useTitle } from '../../parts/use-title.ts'
import { BoardSummary } from './board-summary.tsx'
import { EmptyBoard } from './empty-board.tsx'
import { ServicePanel } from './service-panel.tsx'
import { ServiceRow } from './service-row.tsx'
import { useStageKeys } from './use-stage-keys.ts'

// Up to this many services everything is shown; above, what is calm takes one line.
const shownWholeMax = 4

export function BoardPage() {
  const { data: board, error, refetch } = useBoard()
  const isStale = useStream().is === 'cut' || error !== null
  if (board === undefined)
    return error === null ? (
      <Loading what="the board" />
    ) : (
      <Failed what="The board" text={error.message} onAgain={() => void refetch()} />
    )
  return board.services.length === 0 ? <EmptyBoard /> : <Services board={board} isStale={isStale} />
}

function Services({ board, isStale }: { readonly board: Board; readonly isStale: boolean }) {
  const [filter, setFilter] = useState('')
  const wanted = useDeferredValue(filter.trim().toLowerCase())
  const summary = useMemo(() => summarize(board), [board])
  useTitle(summary.remarks.length === 0 ? null : summary.text)
  useStageKeys(board)
  const isLong = board.services.length > shownWholeMax
  const services = board.services.filter((service) => service.service.toLowerCase().includes(wanted))
  return (
    <>
      <BoardSummary
        summary={summary}
        isStale={isStale}
        filter={isLong ? { value: filter, set: setFilter } : null}
      />
      <div className="space-y-10 data-long:space-y-0" data-long={isLong ? '' : undefined}>
        {services.map((service) =>
          isLong && summary.remarks.every((remark) => remark.service !== service.service) ? (
            <ServiceRow key={service.service} service={service} />
          ) : (
            <ServicePanel key={service.service} service={service} isFramed={isLong} />
          ),
        )}
        {services.length > 0 ? null : (
          <p className="py-8 text-ink-2">No service has “{filter}” in its name.</p>
        )}
      </div>
    </>
  )
}
