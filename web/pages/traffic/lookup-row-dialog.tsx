import { type FormEvent, useState } from 'react'
import type { LookupEntry, LookupRow, Pushed } from '../../../src/api/traffic.ts'
import { changeLookup } from '../../data/client.ts'
import { useChange, useLookupRow, useMayAct } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { DialogFrame } from '../../parts/dialog-frame.tsx'
import { TextField } from '../../parts/fields.tsx'
import { Notice } from '../../parts/tone.tsx'

type Props = { readonly service: string; readonly table: LookupRow; readonly onClose: () => void }

/** One row of a table: found by its key, and changed where somebody may. */
export function LookupRowDialog({ service, table, onClose }: Props) {
  const [typed, setTyped] = useState('')
  const [key, setKey] = useState<string | null>(null)
  const { data: entry, error } = useLookupRow(service, table.table, key)
  const ask = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() !== '') setKey(typed.trim())
  }
  return (
    <DialogFrame
      title={`Look up in ${table.table}`}
      about={`${service}: one row, by its key`}
      isOpen
      onClose={onClose}
    >
      <form onSubmit={ask} className="mt-4 flex items-end gap-2">
        <div className="flex-1">
          <TextField label="Key" isFirst placeholder="acme" value={typed} onChange={setTyped} />
        </div>
        <Button type="submit" className="h-10 touch:h-11">
          Look up
        </Button>
      </form>
      {error === null ? null : <p className="mt-3 text-sm text-wrong">{error.message}</p>}
      {entry === undefined ? null : (
        <EntryForm
          key={`${entry.key} ${JSON.stringify(entry.cells)}`}
          service={service}
          table={table}
          entry={entry}
        />
      )}
    </DialogFrame>
  )
}

function EntryForm(props: {
  readonly service: string
  readonly table: LookupRow
  readonly entry: LookupEntry
}) {
  const { service, table, entry } = props
  const mayAct = useMayAct()
  const [cells, setCells] = useState<Readonly<Record<string, string>>>(entry.cells ?? {})
  const change = useChange<Pushed>()
  const save = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(() => changeLookup(service, table.table, { set: { [entry.key]: cells } }))
  }
  const remove = () => change.mutate(() => changeLookup(service, table.table, { remove: [entry.key] }))
  const refusal = change.data?.refusal?.text ?? change.error?.message ?? null
  return (
    <form onSubmit={save} className="mt-4 space-y-4 border-t border-line pt-4">
      <p role="status" className="text-sm">
        {entry.cells === null
          ? `${entry.key} has no row in ${table.table}.`
          : `${entry.key} has a row in ${table.table}.`}
      </p>
      {entry.cells === null && !mayAct
        ? null
        : table.columns.map((column) =>
            mayAct ? (
              <TextField
                key={column}
                label={column}
                value={cells[column] ?? ''}
                onChange={(value) => setCells({ ...cells, [column]: value })}
              />
            ) : (
              <p key={column} className="text-sm">
                <span className="text-ink-2">{column}</span> {cells[column]}
              </p>
            ),
          )}
      {refusal === null ? null : (
        <Notice tone="held" icon="hold" word="Not changed.">
          {refusal}
        </Notice>
      )}
      {mayAct ? (
        <div className="flex justify-end gap-2">
          {entry.cells === null ? null : (
            <Button look="quiet" disabled={change.isPending} onClick={remove}>
              Take the row out
            </Button>
          )}
          <Button type="submit" look="main" disabled={change.isPending}>
            {change.isPending ? 'Saving…' : entry.cells === null ? 'Add the row' : 'Save the row'}
          </Button>
        </div>
      ) : null}
    </form>
  )
}
