import { useState } from 'react'
import type { LookupRow } from '../../../src/api/traffic.ts'
import { describeCount } from '../../data/figures.ts'
import { useLookups, useMayAct } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'
import { LookupRemoval } from './lookup-removal.tsx'
import { LookupRowDialog } from './lookup-row-dialog.tsx'
import { PushDialog } from './push-dialog.tsx'

type Open = { readonly is: 'push' | 'row' | 'remove'; readonly table: LookupRow | null }

/** Tables that routes look up, such as customer to plan. They belong to the service, not to one stage. */
export function LookupsSection({ service }: { readonly service: string }) {
  const { data: tables, error } = useLookups(service)
  const mayAct = useMayAct()
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  return (
    <Section
      title="Lookup tables"
      about="What routes look up, such as the plan of a customer; for every stage of the service."
      acts={
        mayAct ? (
          <Button onClick={() => setOpen({ is: 'push', table: null })}>Push a table…</Button>
        ) : undefined
      }
    >
      {error === null ? null : <p className="text-sm text-wrong">{error.message}</p>}
      {tables === undefined || tables.length > 0 ? null : (
        <NothingYet>
          No table. One is a CSV file whose first line names its columns, the key first.
        </NothingYet>
      )}
      <ul>
        {(tables ?? []).map((table) => (
          <Row
            key={table.table}
            name={table.table}
            acts={<TableActs table={table} mayAct={mayAct} onOpen={(is) => setOpen({ is, table })} />}
          >
            {describeCount(table.rows)} {table.rows === 1 ? 'row' : 'rows'} by {keyText(table)}:{' '}
            {table.columns.join(', ')}
          </Row>
        ))}
      </ul>
      {open?.is === 'push' ? <PushDialog service={service} table={open.table} onClose={close} /> : null}
      {open?.is === 'row' && open.table !== null ? (
        <LookupRowDialog service={service} table={open.table} onClose={close} />
      ) : null}
      {open?.is === 'remove' && open.table !== null ? (
        <LookupRemoval service={service} table={open.table} onClose={close} />
      ) : null}
    </Section>
  )
}

function TableActs(props: {
  readonly table: LookupRow
  readonly mayAct: boolean
  readonly onOpen: (is: Open['is']) => void
}) {
  const { table, mayAct } = props
  const button = (is: Open['is'], word: string) => (
    <Button look="quiet" aria-label={`${word} ${table.table}`} onClick={() => props.onOpen(is)}>
      {word}…
    </Button>
  )
  return (
    <>
      {button('row', 'Look up in')}
      {mayAct ? button('push', 'Replace') : null}
      {mayAct ? button('remove', 'Remove') : null}
    </>
  )
}

function keyText({ key }: LookupRow): string {
  return 'name' in key ? `${key.from} ${key.name}` : key.from
}
