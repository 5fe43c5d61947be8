import type { SettingsView } from '../../../src/api/settings.ts'
import { nameActor, withStop } from '../../data/wording.ts'
import { Moment } from '../../parts/moment.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'

type Version = SettingsView['history'][number]

/** Every version that is kept, newest first. */
export function SettingsHistory({ history }: { readonly history: readonly Version[] }) {
  return (
    <Section title="Versions" about="Who changed what, and what was rolled back.">
      {history.length === 0 ? (
        <NothingYet>No version yet.</NothingYet>
      ) : (
        <ol>
          {history.map((version) => (
            <Row key={version.version} name={`Version ${version.version}`}>
              <p>{version.changed.map(changeText).join(', ')}</p>
              <p className="text-[13px] text-ink-2">
                {nameActor(version.by)}, <Moment at={version.at} reachable={false} />
                {version.reason === '' ? '' : `: ${withStop(version.reason)}`}
              </p>
              {version.rejected === null ? null : (
                <p className="text-[13px] text-wrong">
                  Out since <Moment at={version.rejected.at} as="moment" reachable={false} />, until it is set
                  again: {withStop(version.rejected.reason)}
                </p>
              )}
            </Row>
          ))}
        </ol>
      )}
    </Section>
  )
}

function changeText(changed: Version['changed'][number]): string {
  switch (changed.kind) {
    case 'plain':
      return `${changed.name}=${changed.value ?? ''}`
    case 'secret':
      return `${changed.name}, a secret`
    case 'gone':
      return `${changed.name} taken away`
  }
}
