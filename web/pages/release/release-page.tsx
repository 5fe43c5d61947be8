import { Link, getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { type ReleaseDetail, ApiFailure } from '../../data/client.ts'
import { useAudit, useMayAct, useRelease } from '../../data/queries.ts'
import { nameActor, nameRelease, nameReleases } from '../../data/wording.ts'
import { actsOfRelease } from '../../data/stage-acts.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { AuditRows } from '../../parts/audit-rows.tsx'
import { Button } from '../../parts/button.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Empty, Failed, Loading } from '../../parts/page-state.tsx'
import { Notice } from '../../parts/tone.tsx'
import { useTitle } from '../../parts/use-title.ts'
import type { Standing } from '../../../src/api/board.ts'
import { BuildSection } from './build-section.tsx'
import { OutputSection } from './output-section.tsx'
import { ReleaseFacts } from './release-facts.tsx'
import { RevertDialog } from './revert-dialog.tsx'
import { SeenSection } from './seen-section.tsx'
import { StandingsSection } from './standings-section.tsx'

const neverServed: ReadonlySet<Standing> = new Set(['waiting', 'building', 'build-failed'])
const running: ReadonlySet<Standing> = new Set(['rolling-out', 'baking', 'live', 'warm'])

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
    <article className="space-y-8">
      <header>
        <p className="text-[13px]">
          <Link
            to="/services/$service"
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
      <div className="grid grid-cols-1 gap-x-12 gap-y-10 xl:grid-cols-[minmax(0,1fr)_27rem]">
        <div className="min-w-0 space-y-10">
          <StandingsSection service={service} release={release} />
          <SeenSection service={service} release={release.release} stages={stagesServed(release)} />
          <OutputSection service={service} release={release.release} stages={stagesRunning(release)} />
          <BuildSection service={service} release={release} />
        </div>
        <History service={service} release={release.release} />
      </div>
    </article>
  )
}

function Acts({ service, release }: { readonly service: string; readonly release: ReleaseDetail }) {
  const mayAct = useMayAct()
  const [isReverting, setIsReverting] = useState(false)
  if (!mayAct) return null
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      {actsOfRelease(release).map((act) => (
        <ActButton
          key={act}
          act={act}
          service={service}
          release={release.release}
          {...(act === 'retry' ? { word: 'Retry the build' } : {})}
        />
      ))}
      {release.origin.kind === 'line' ? (
        <Button onClick={() => setIsReverting(true)}>Prepare a revert…</Button>
      ) : null}
      {isReverting ? (
        <RevertDialog service={service} release={release.release} onClose={() => setIsReverting(false)} />
      ) : null}
    </div>
  )
}

/** Where it serves or served, the last stage first: that is what is looked for. */
function stagesServed({ standings }: ReleaseDetail): readonly string[] {
  return standings
    .filter(({ standing }) => !neverServed.has(standing))
    .map(({ stage }) => stage)
    .toReversed()
}

function stagesRunning({ standings }: ReleaseDetail): readonly string[] {
  return standings.filter(({ standing }) => running.has(standing)).map(({ stage }) => stage)
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
