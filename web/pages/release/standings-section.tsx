import type { ActName } from '../../../src/api/acts.ts'
import type { ReleaseDetail } from '../../data/client.ts'
import { useBoard } from '../../data/queries.ts'
import { actsOfStanding } from '../../data/stage-acts.ts'
import { ActButton } from '../../parts/act-button.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { Row, Section } from '../../parts/section.tsx'
import { StandingMark } from '../../parts/standing-mark.tsx'

/** How the release stands in each stage, why, and what may be said of it there. */
export function StandingsSection(props: { readonly service: string; readonly release: ReleaseDetail }) {
  const { service, release } = props
  const stages = useBoard().data?.services.find((each) => each.service === service)?.stages ?? []
  return (
    <Section title="Where it stands">
      <ul>
        {release.standings.map((each) => {
          const said = release.why.find((answer) => answer.stage === each.stage)?.why ?? []
          const stage = stages.find((one) => one.stage === each.stage)
          const acts = stage === undefined ? [] : actsOfStanding(stage, release, each)
          return (
            <Row
              key={each.stage}
              name={each.stage}
              acts={
                acts.length === 0
                  ? undefined
                  : acts.map((act) => (
                      <ActButton
                        key={act}
                        act={act}
                        service={service}
                        stage={each.stage}
                        {...aboutOf(act, release.release)}
                      />
                    ))
              }
            >
              <span className="mr-4 inline-block min-w-24">
                <StandingMark standing={each.standing} />
              </span>
              <Reasons why={each.why.length > 0 ? each.why : said} />
            </Row>
          )
        })}
      </ul>
    </Section>
  )
}

/** A rollback goes *to* it; everything else is about it. */
function aboutOf(act: ActName, release: number) {
  if (act === 'rollback') return { preset: { to: [String(release)] }, word: 'Roll back to it' }
  return act === 'accept' ? { release, word: 'It contains that' } : { release }
}
