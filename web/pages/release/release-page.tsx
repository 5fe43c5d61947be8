import { Link, getRouteApi } from '@tanstack/react-router'
import { type ReleaseDetail, ApiFailure } from '../../data/client.ts'
import { useAudit, useMayAct, useRelease } from '../../data/queries.ts'
import { wishFor } from '../../data/act-desk.ts'
import { nameActor, nameRelease, nameReleases } from '../../data/wording.ts'
import { AuditRows } from '../../parts/audit-rows.tsx'
import { Button } from '../../parts/button.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Empty, Failed, Loading } from '../../parts/page-state.tsx'
import { Notice } from '../../parts/tone.tsx'
import { useTitle } from '../../parts/use-title.ts'
import { BuildSection } from './build-section.tsx'
import { ReleaseFacts } from './release-facts.tsx'
import { StandingsSection } from './standings-section.tsx'

const route = getRouteApi('/services/$service/releases/$release')

export function ReleasePage() {
  const { service, release } = route.useParams()
  const number = Number(release)
  const { data, error, refetch } = useRelease(service, number)
  if (data !== undefined) return <Release service={service} release={data} />
  if (error === null) return <Loading what={nameRelease(number)} />
  if (error instanceof ApiFailure && error.status === 404)
    return <Empty title={`${service} has no release ${nameRelease(number)}`}>{error.message}</Empty>
  return <Failed what={nameRelease(number)} text={error.message} onAgain={() => void refetch()} />
}

function Release({ service, release }: { readonly service: string; readonly release: ReleaseDetail }) {
  useTitle(`${nameRelease(release.release)} of ${service}`)
  return (
    <article className="max-w-5xl space-y-8">
      <header>
        <p className="text-[13px]">
          <Link
            to="/services/$service/releases"
            params={{ service }}
            className="inline-flex items-center text-ink-2 hover:text-ink hover:underline touch:min-h-11"
          >
            {service}
          </Link>
        </p>
        <h1 className="mt-0.5 text-2xl leading-tight font-semibold tracking-tight">
          <span className="text-ink-2">{nameRelease(release.release)}</span> {release.subject}
        </h1>
        <ReleaseFacts release={release} />
        <Acts service={service} release={release} />
      </header>
      {release.rejected === null ? null : (
        <Notice tone="wrong" icon="close" word="Rejected">
          by {nameActor(release.rejected.by)} <Moment at={release.rejected.at} />: {release.rejected.reason}.
          Whatever contains it is blocked until a live revert or fix does.
        </Notice>
      )}
      {release.lifts.length === 0 ? null : (
        <p>
          Reverts or fixes {nameReleases(release.lifts)}: what was blocked by it goes on inside this release.
        </p>
      )}
      <StandingsSection service={service} release={release} />
      <BuildSection service={service} release={release} />
      <History service={service} release={release.release} />
    </article>
  )
}

function Acts({ service, release }: { readonly service: string; readonly release: ReleaseDetail }) {
  const mayAct = useMayAct()
  if (!mayAct) return null
  const wish = { service, stage: null, release: release.release }
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      {release.build.state === 'failed' ? (
        <Button onClick={() => wishFor({ ...wish, act: 'retry' })}>Retry the build…</Button>
      ) : null}
      {release.rejected === null ? (
        <Button onClick={() => wishFor({ ...wish, act: 'reject' })}>Reject…</Button>
      ) : (
        <Button onClick={() => wishFor({ ...wish, act: 'unreject' })}>Unreject…</Button>
      )}
    </div>
  )
}

/** What the audit log says of this release, alone or among others. */
function History({ service, release }: { readonly service: string; readonly release: number }) {
  const audit = useAudit(service, release)
  const rows = audit.data?.pages.flat() ?? []
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="mb-2 text-base font-semibold">
        What happened to it
      </h2>
      {audit.error === null ? null : <p className="text-sm text-wrong">{audit.error.message}</p>}
      {rows.length === 0 && audit.error === null ? (
        <p className="text-sm text-ink-2">{audit.isPending ? 'Loading…' : 'Nothing yet.'}</p>
      ) : (
        <AuditRows rows={rows} hasService={false} />
      )}
      {audit.hasNextPage ? (
        <Button
          look="quiet"
          className="mt-2 -ml-2.5"
          disabled={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
        >
          Look further back
        </Button>
      ) : null}
    </section>
  )
}
