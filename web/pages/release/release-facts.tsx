import type { ReactNode } from 'react'
import type { ReleaseDetail } from '../../data/client.ts'
import { Moment } from '../../parts/moment.tsx'
import { Sha } from '../../parts/sha.tsx'

/** The change behind the release, and where to see it run. */
export function ReleaseFacts({ release }: { readonly release: ReleaseDetail }) {
  return (
    <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 text-sm">
      <Fact name="Commit">
        <Sha sha={release.sha} />
      </Fact>
      <Fact name="Author">{release.author}</Fact>
      {release.origin.text === null ? null : <Fact name="Made of">{release.origin.text}</Fact>}
      {release.coAuthors.length === 0 ? null : <Fact name="With">{release.coAuthors.join(', ')}</Fact>}
      <Fact name="Merged">
        <Moment at={release.mergedAt} />
        {release.mergedBy === null ? '' : ` by ${release.mergedBy}`}
      </Fact>
      {release.pullRequest === null ? null : <Fact name="Pull request">{release.pullRequest}</Fact>}
      {release.artifact === null ? null : (
        <Fact name="Artifact">
          <code className="font-mono text-[13px]">{release.artifact.slice(0, 19)}</code>
        </Fact>
      )}
      {release.added ? (
        <Fact name="Built elsewhere">
          added by {release.added.by.kind === 'person' ? release.added.by.name : release.added.by.rule}{' '}
          <Moment at={release.added.at} />
          {release.added.provenance === null ? null : (
            <span className="max-w-80 truncate" title={release.added.provenance}>
              {release.added.provenance}
            </span>
          )}
        </Fact>
      ) : null}
      {release.revert === null ? null : <Fact name="Taken back by">{release.revert.text}</Fact>}
      {release.address === null ? null : (
        <Fact name="Its own address">
          <a href={release.address} className="underline underline-offset-3">
            {release.address.replace(/^https?:\/\//, '')}
          </a>
        </Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-[13px] text-ink-2">{name}</dt>
      <dd className="flex min-h-6 items-center gap-1">{children}</dd>
    </div>
  )
}
