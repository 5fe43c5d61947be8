import { getRouteApi } from '@tanstack/react-router'
import { useAudit, useBoard } from '../../data/queries.ts'
import { AuditRows } from '../../parts/audit-rows.tsx'
import { Button } from '../../parts/button.tsx'
import { ChoiceField } from '../../parts/fields.tsx'
import { Empty, Failed, Loading } from '../../parts/page-state.tsx'

import { useTitle } from '../../parts/use-title.ts'

const route = getRouteApi('/audit')
const everyService = ''

/** Who did what, when: newest first. */
export function AuditPage() {
  useTitle('Audit')
  const { service } = route.useSearch()
  const navigate = route.useNavigate()
  const services = useBoard().data?.services ?? []
  const choose = (value: string) =>
    void navigate({ search: value === everyService ? {} : { service: value }, replace: true })
  return (
    <div className="max-w-5xl">
      <div className="mb-5 flex flex-wrap items-end justify-between gap-4">
        <h1 className="text-xl font-semibold">Audit</h1>
        <div className="w-full sm:w-60">
          <ChoiceField
            label="Service"
            value={service ?? everyService}
            options={[
              { value: everyService, label: 'All services' },
              ...services.map((each) => ({ value: each.service, label: each.service })),
            ]}
            onChange={choose}
          />
        </div>
      </div>
      <Rows service={service ?? null} />
    </div>
  )
}

function Rows({ service }: { readonly service: string | null }) {
  const audit = useAudit(service)
  if (audit.data === undefined)
    return audit.error === null ? (
      <Loading what="the audit log" />
    ) : (
      <Failed what="The audit log" text={audit.error.message} onAgain={() => void audit.refetch()} />
    )
  const rows = audit.data.pages.flat()
  if (rows.length === 0)
    return <Empty title="Nothing happened yet">Every act and every decision is written here.</Empty>
  return (
    <>
      <AuditRows rows={rows} hasService={service === null} />
      {audit.hasNextPage ? (
        <Button
          className="mt-4"
          disabled={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          {audit.isFetchingNextPage ? 'Loading…' : 'Older'}
        </Button>
      ) : null}
    </>
  )
}
