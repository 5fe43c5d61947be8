import { useRef } from 'react'
import { useBoard, useStream } from '../../data/queries.ts'
import { Button } from '../button.tsx'
import { Icon } from '../icon.tsx'
import { Moment } from '../moment.tsx'

/** Says when what is shown may no longer be true, and when the page is older than its server. */
export function StaleBar() {
  const stream = useStream()
  const { data: board, error, dataUpdatedAt } = useBoard()
  const version = useRef<string | null>(null)
  if (board !== undefined) version.current ??= board.version
  const since = stream.is === 'cut' ? stream.since : error === null ? null : dataUpdatedAt
  if (since !== null && board !== undefined)
    return (
      <Strip>
        <Icon name="cut" /> <strong className="font-semibold">Stale since</strong>{' '}
        <Moment at={since} as="both" />. The server does not answer; trying again by itself.
      </Strip>
    )
  if (board !== undefined && version.current !== board.version)
    return (
      <Strip>
        The server was upgraded to {board.version}.
        <Button look="held" onClick={() => location.reload()}>
          Load the new page
        </Button>
      </Strip>
    )
  return null
}

function Strip({ children }: { readonly children: React.ReactNode }) {
  return (
    <div role="status" className="sticky top-0 z-30 border-b border-held-line bg-held-tint text-held">
      <p className="mx-auto flex min-h-10 max-w-[90rem] flex-wrap items-center gap-x-1.5 px-4 py-1 text-sm sm:px-6">
        {children}
      </p>
    </div>
  )
}
