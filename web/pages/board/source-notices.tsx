import type { ReleaseRow, ServiceView } from '../../../src/api/board.ts'
import { wishFor } from '../../data/act-desk.ts'
import { shortSha } from '../../data/figures.ts'
import { useMayAct } from '../../data/queries.ts'
import { nameRelease, nameReleases } from '../../data/wording.ts'
import { Button } from '../../parts/button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { Notice } from '../../parts/tone.tsx'

const freshShown = 5

/** What is wrong between the repository and the first stage. Nothing when all is well. */
export function SourceNotices({ service }: { readonly service: ServiceView }) {
  const newest = service.releases[0]
  const mayAct = useMayAct()
  return (
    <>
      {newest?.build.state === 'failed' ? <BuildFailed service={service.service} newest={newest} /> : null}
      {service.sourceTrouble === null ? null : (
        <Notice tone="wrong" icon="warn" word="The repository cannot be read.">
          <Reasons why={[service.sourceTrouble]} />
        </Notice>
      )}
      {service.rewritten === null ? null : (
        <Notice
          tone="held"
          icon="warn"
          word="The branch was rewritten."
          actions={
            !mayAct ? undefined : (
              <Button
                look="held"
                onClick={() =>
                  wishFor({ act: 'accept-history', service: service.service, stage: null, release: null })
                }
              >
                Accept history…
              </Button>
            )
          }
        >
          Nothing goes on until somebody accepts it.
          {service.rewritten.lost.length === 0
            ? null
            : ` Live but no longer on the branch: ${nameReleases(service.rewritten.lost)}.`}
          {service.rewritten.fresh.length === 0 ? null : (
            <>
              {' New on it: '}
              <FreshCommits fresh={service.rewritten.fresh} />
            </>
          )}
        </Notice>
      )}
    </>
  )
}

function BuildFailed({ service, newest }: { readonly service: string; readonly newest: ReleaseRow }) {
  const mayAct = useMayAct()
  return (
    <Notice
      tone="wrong"
      icon="close"
      word="The newest build failed."
      aside={
        !mayAct ? undefined : (
          <Button
            onClick={() => wishFor({ act: 'retry', service, stage: null, release: newest.release })}
            aria-label={`Retry the build of ${nameRelease(newest.release)}`}
          >
            Retry…
          </Button>
        )
      }
    >
      <ReleaseLink service={service} release={newest.release} /> by {newest.author}
      {newest.build.message === null ? '.' : `: ${newest.build.message}`}
    </Notice>
  )
}

function FreshCommits({ fresh }: { readonly fresh: NonNullable<ServiceView['rewritten']>['fresh'] }) {
  return (
    <ul className="mt-1">
      {fresh.slice(0, freshShown).map((commit) => (
        <li key={commit.sha}>
          <code className="font-mono text-[13px] text-ink-2">{shortSha(commit.sha)}</code> {commit.subject}
        </li>
      ))}
      {fresh.length > freshShown ? (
        <li className="text-ink-2">and {fresh.length - freshShown} more</li>
      ) : null}
    </ul>
  )
}
