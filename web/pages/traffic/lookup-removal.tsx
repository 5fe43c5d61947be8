import type { LookupRow } from '../../../src/api/traffic.ts'
import { removeLookup } from '../../data/client.ts'
import { useChange } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { Notice } from '../../parts/tone.tsx'

/** Asks before a table goes, because nothing brings it back but pushing it again. */
export function LookupRemoval(props: {
  readonly service: string
  readonly table: LookupRow
  readonly onClose: () => void
}) {
  const { service, table, onClose } = props
  const removal = useChange<void>()
  const remove = () => removal.mutate(() => removeLookup(service, table.table), { onSuccess: onClose })
  return (
    <DialogFrame
      title={`Remove ${table.table}`}
      about={`${service}: ${table.rows} rows`}
      isOpen
      onClose={onClose}
    >
      <div className="mt-4 space-y-4">
        <Notice tone="quiet" icon="forward" word="What happens:">
          Routes that look into {table.table} fit nobody from then on; their people get what the next route
          says, or stable.
        </Notice>
        {removal.error === null ? null : (
          <Notice tone="wrong" icon="warn" word="Not removed.">
            {removal.error.message}
          </Notice>
        )}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="grave" disabled={removal.isPending} onClick={remove}>
            {removal.isPending ? 'One moment…' : 'Remove the table'}
          </Button>
        </div>
      </div>
    </DialogFrame>
  )
}
