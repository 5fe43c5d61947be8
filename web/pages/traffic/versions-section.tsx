import type { RoutesView } from '../../../src/api/traffic.ts'
import { describeBytes } from '../../data/figures.ts'
import { plural } from '../../data/wording.ts'
import { Moment } from '../../parts/moment.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'

/** What each live version costs, and what keeps it running. */
export function VersionsSection({ view }: { readonly view: RoutesView }) {
  return (
    <Section title="Live versions" about="What runs, what it costs, and what keeps it running.">
      {view.versions.length === 0 ? (
        <NothingYet>Nothing runs in {view.stage}.</NothingYet>
      ) : (
        <ul>
          {view.versions.map((version) => (
            <Row
              key={version.release}
              name={<ReleaseLink service={view.service} release={version.release} />}
              acts={
                <span className="py-1 text-ink-2">
                  {plural(version.instances, 'instance')} · {describeBytes(version.memoryBytes)}
                </span>
              }
            >
              {version.neededBy.length > 0 ? (
                `Kept by ${version.neededBy.join(', ')}.`
              ) : version.until === null ? (
                'Nobody needs it any more.'
              ) : (
                <>
                  Nobody needs it; it stops <Moment at={version.until} as="both" reachable={false} />.
                </>
              )}
            </Row>
          ))}
        </ul>
      )}
    </Section>
  )
}
