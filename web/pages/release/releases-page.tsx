import { getRouteApi } from '@tanstack/react-router'
import { useReleases } from '../../data/queries.ts'
import { Button } from '../../parts/button.tsx'
import { Empty, Failed, Loading } from '../../parts/page-state.tsx'
import { ReleaseTable } from '../../parts/release-table.tsx'

import { ServiceHeader } from '../../parts/service-header.tsx'
import { useTitle } from '../../parts/use-title.ts'

const route = getRouteApi('/services/$service/releases')

/** Every release of a service, newest first. */
export function ReleasesPage() {
  const { service } = route.useParams()
  useTitle(`Releases of ${service}`)
  const releases = useReleases(service)
  if (releases.data === undefined)
    return releases.error === null ? (
      <Loading what="the releases" />
    ) : (
      <Failed what="The releases" text={releases.error.message} onAgain={() => void releases.refetch()} />
    )
  const rows = releases.data.pages.flat()
  const stages = rows[0]?.standings.map((each) => each.stage) ?? []
  if (rows.length === 0)
    return <Empty title={`${service} has no release yet`}>The first commit it sees becomes #1.</Empty>
  return (
    <>
      <ServiceHeader service={service} />
      <ReleaseTable service={service} stages={stages} rows={rows} />
      {releases.hasNextPage ? (
        <Button
          className="mt-4"
          disabled={releases.isFetchingNextPage}
          onClick={() => void releases.fetchNextPage()}
        >
          {releases.isFetchingNextPage ? 'Loading…' : 'Older'}
        </Button>
      ) : null}
    </>
  )
}
