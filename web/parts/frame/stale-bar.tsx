import { type ReactNode, useRef } from 'react'
import { useBoard, useStream } from '../../data/queries.ts'
import { Button } from '../button.tsx'
import { Icon, type IconName } from '../icon.tsx'
import { Moment } from '../moment.tsx'

/** Says when what is shown may no longer be true, and when the page is older than its server. */
export function StaleBar() {
  const stream = useStream()
  const { data: board, error } = useBoard()
  const version = useRef<string | null>(null)
  if (board !== undefined) version.current ??= board.version
  const heardMs = board?.at ?? 0
  const since = stream.is === 'cut' ? Math.max(stream.since, heardMs) : error === null ? null : heardMs
  if (since !== null && board !== undefined)
    return (
      <Strip icon="cut">
        <strong className="font-semibold">Stale since</strong> <Moment at={since} as="both" />. The connection
        to the server is cut; the page tries again by itself.
      </Strip>
    )
  if (board !== undefined && version.current !== board.version)
    return (
      <Strip icon="forward">
        The server was upgraded to {board.version}.{' '}
        <Button look="held" onClick={() => location.reload()}>
          Load the new page
        </Button>
      </Strip>
    )
  return null
}

function Strip({ icon, children }: { readonly icon: IconName; readonly children: ReactNode }) {
  return (
    <div role="status" className="sticky top-0 z-30 border-b border-held-line bg-held-tint text-held">
      <div className="mx-auto flex max-w-[90rem] gap-2 px-4 py-2 text-sm sm:px-6">
        <Icon name={icon} className="mt-0.5" />
        <p>{children}</p>
      </div>
    </div>
  )
}
