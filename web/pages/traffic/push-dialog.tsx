import { type FormEvent, useState } from 'react'
import type { LookupRow, Pushed } from '../../../src/api/traffic.ts'
import { pushLookup } from '../../data/client.ts'
import { describeCount } from '../../data/figures.ts'
import { useChange } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Notice } from '../../parts/tone.tsx'

/** Puts a whole table in force from a CSV file: all of it or nothing. */
export function PushDialog(props: {
  readonly service: string
  /** The table that is replaced; null for a new one. */
  readonly table: LookupRow | null
  readonly onClose: () => void
}) {
  const { service, table } = props
  const [name, setName] = useState(table?.table ?? '')
  const [key, setKey] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const push = useChange<Pushed>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (file !== null && name.trim() !== '')
      push.mutate(() => pushLookup(service, name.trim(), key.trim(), file))
  }
  const { data } = push
  const refusal = data?.refusal?.text ?? push.error?.message ?? null
  return (
    <DialogFrame
      title={table === null ? 'Push a lookup table' : `Replace ${table.table}`}
      about={`${service}: the whole table is put in force at once; where a line is wrong, the old one goes on`}
      isOpen
      onClose={props.onClose}
    >
      <form onSubmit={submit} className="mt-4 space-y-4">
        {table === null ? (
          <TextField label="Name" isFirst placeholder="customers" value={name} onChange={setName} />
        ) : null}
        <div>
          <label htmlFor="csv" className="mb-1 block text-[13px] font-medium text-ink-2">
            CSV file; its first line names the columns, the key first
          </label>
          <input
            id="csv"
            type="file"
            accept=".csv,text/csv"
            onChange={({ currentTarget }) => setFile(currentTarget.files?.[0] ?? null)}
            className="block w-full text-sm touch:min-h-11"
          />
        </div>
        <TextField
          label="Where a request carries the key"
          placeholder={table === null ? 'customer; or header:x-customer, cookie:org' : 'As it was'}
          value={key}
          onChange={setKey}
        />
        {refusal === null ? null : (
          <Notice tone="held" icon="hold" word="Not pushed.">
            {refusal}
          </Notice>
        )}
        {data?.done === true && data.table !== null ? (
          <Notice tone="quiet" icon="check" word="In force:">
            {describeCount(data.table.rows)} rows of {data.table.columns.join(', ')}.
          </Notice>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={props.onClose}>
            {data?.done === true ? 'Done' : 'Cancel'}
          </Button>
          <Button
            type="submit"
            look="main"
            disabled={file === null || name.trim() === '' || push.isPending || data?.done === true}
          >
            {push.isPending ? 'Pushing…' : 'Push'}
          </Button>
        </div>
      </form>
    </DialogFrame>
  )
}
