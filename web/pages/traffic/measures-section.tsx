import { useState } from 'react'
import type { MeasuredRowView, MeasuresView } from '../../../src/api/measures.ts'
import { describeCount, describeLatency, describePercent } from '../../data/figures.ts'
import { type MeasuresAsked, useMeasures } from '../../data/queries.ts'
import { ChoiceField, type Option } from '../../parts/fields.tsx'
import { NothingYet, Section } from '../../parts/section.tsx'

const minuteMs = 60_000
const spans: readonly Option[] = [
  { value: String(15 * minuteMs), label: 'The last 15 minutes' },
  { value: String(60 * minuteMs), label: 'The last hour' },
  { value: String(24 * 60 * minuteMs), label: 'The last day' },
  { value: String(7 * 24 * 60 * minuteMs), label: 'The last week' },
]
const rowsMax = 25

/** Requests, errors and latency of every version, by track or by whatever is told apart here. */
export function MeasuresSection({ service, stage }: { readonly service: string; readonly stage: string }) {
  const [spanMs, setSpanMs] = useState(String(15 * minuteMs))
  const [by, setBy] = useState('track')
  const asked: MeasuresAsked = { by: ['release', by], spanMs: Number(spanMs), limit: rowsMax }
  const { data: seen, error } = useMeasures({ service, stage }, asked)
  const dimensions = (seen?.dimensions ?? []).map((each) => ({ value: each, label: each }))
  return (
    <Section title="Measured" about="Every version apart; what is told apart beside it is for you to choose.">
      <div className="border-t border-line py-3">
        <div className="grid grid-cols-1 gap-3 sm:grid-cols-2 md:max-w-xl">
          <ChoiceField
            label="By release and"
            value={by}
            options={[{ value: 'track', label: 'track' }, ...dimensions]}
            onChange={setBy}
          />
          <ChoiceField label="Over" value={spanMs} options={spans} onChange={setSpanMs} />
        </div>
      </div>
      {error === null ? null : <p className="text-sm text-wrong">{error.message}</p>}
      {seen === undefined ? null : seen.rows.length === 0 ? (
        <NothingYet>No request was counted in that time.</NothingYet>
      ) : (
        <Measured seen={seen} by={by} />
      )}
    </Section>
  )
}

const headings = ['Requests', 'Errors', 'Error rate', 'p50', 'p95']

function Measured({ seen, by }: { readonly seen: MeasuresView; readonly by: string }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-[13px] whitespace-nowrap">
        <caption className="sr-only">Requests by release and {by}</caption>
        <thead>
          <tr className="text-left text-ink-2">
            <th scope="col" className="py-1 font-normal">
              Release
            </th>
            <th scope="col" className="py-1 pl-3 font-normal">
              {by}
            </th>
            {headings.map((heading) => (
              <th key={heading} scope="col" className="py-1 pl-3 text-right font-normal">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {seen.rows.map((row, index) => (
            // A row has no name of its own: what is not told apart may stand there once for each release.
            <Line key={`${row.release} ${row.track} ${row.value} ${index}`} row={row} by={by} />
          ))}
        </tbody>
      </table>
      {seen.rowsLeftOut === 0 ? null : (
        <p className="mt-1 text-[13px] text-ink-2">
          {describeCount(seen.rowsLeftOut)} more with fewer requests.
        </p>
      )}
    </div>
  )
}

function Line({ row, by }: { readonly row: MeasuredRowView; readonly by: string }) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-1 text-left font-medium whitespace-nowrap">
        {row.name ?? '–'}
      </th>
      <td className="py-1 pl-3 text-ink-2">
        {by === 'track' ? (row.track ?? 'by a route') : valueText(row.value)}
      </td>
      <td className="py-1 pl-3 text-right">{describeCount(row.requests)}</td>
      <td className="py-1 pl-3 text-right">{describeCount(row.errors)}</td>
      <td className="py-1 pl-3 text-right">{describePercent(100 * row.errorRate)}</td>
      <td className="py-1 pl-3 text-right whitespace-nowrap">{describeLatency(row.p50Ms)}</td>
      <td className="py-1 pl-3 text-right whitespace-nowrap">{describeLatency(row.p95Ms)}</td>
    </tr>
  )
}

function valueText(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'the rest'
  return value === '' ? 'says nothing of it' : value
}
