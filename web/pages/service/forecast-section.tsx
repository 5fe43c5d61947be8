import { useState } from 'react'
import type { ServiceView } from '../../../src/api/board.ts'
import { releaseOptions } from '../../data/forms/form.ts'
import { useForecast } from '../../data/queries.ts'
import { sentenceOf } from '../../data/wording.ts'
import { TicksField } from '../../parts/fields.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Reasons } from '../../parts/reasons.tsx'
import { ReleaseLink } from '../../parts/release-link.tsx'
import { NothingYet, Row, Section } from '../../parts/section.tsx'

/** What happens from here on if all goes well, also with some changes set aside. Foretold, and nothing is done. */
export function ForecastSection({ service }: { readonly service: ServiceView }) {
  const [without, setWithout] = useState<readonly string[]>([])
  const { data: told, error } = useForecast(service.service, without.map(Number))
  const waiting = [...new Set(service.stages.flatMap((stage) => stage.waiting.map((each) => each.release)))]
  return (
    <Section
      title="From here on"
      about="What would happen if all goes well and nobody does anything more. Nothing is done by asking."
    >
      {waiting.length === 0 ? null : (
        <div className="border-t border-line py-3">
          <TicksField
            label="What if these were set aside, by a revert or a rejection?"
            options={releaseOptions(
              service,
              waiting.toSorted((a, b) => a - b),
            )}
            value={without}
            onChange={setWithout}
          />
        </div>
      )}
      {error === null ? null : <p className="text-sm text-wrong">{error.message}</p>}
      {told === undefined ? null : (
        <>
          {told.moves.length + told.stays.length === 0 ? (
            <NothingYet>Nothing moves: every stage runs what was merged last.</NothingYet>
          ) : null}
          <ol aria-label="Moves">
            {told.moves.map((move) => (
              <Row
                key={`${move.stage} ${move.release} ${move.at}`}
                name={move.stage}
                acts={
                  <span className="py-1 text-[13px] text-ink-2 max-md:ml-2.5">
                    <Moment at={move.at} as="both" reachable={false} side="right" />
                  </span>
                }
              >
                {sentenceOf(move.text)}
              </Row>
            ))}
            {told.stays.map((stay) => (
              <Row key={`${stay.stage} ${stay.release}`} name={stay.stage}>
                <ReleaseLink service={service.service} release={stay.release} /> stays out.{' '}
                <Reasons why={stay.why} />
              </Row>
            ))}
          </ol>
          {told.isCut ? (
            <p className="border-t border-line py-2 text-[13px] text-ink-2">
              More happens later than can be said.
            </p>
          ) : null}
        </>
      )}
    </Section>
  )
}
