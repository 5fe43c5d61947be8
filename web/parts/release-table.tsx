import type { ReleaseRow } from '../../src/api/board.ts'
import { Moment } from './moment.tsx'
import { ReleaseLink } from './release-link.tsx'
import { StandingMark } from './standing-mark.tsx'

/** Releases and how each stands in every stage: a table where there is room, a list on a phone. */
export function ReleaseTable(table: {
  readonly service: string
  readonly stages: readonly string[]
  readonly rows: readonly ReleaseRow[]
}) {
  return (
    <table className="block w-full text-sm md:table">
      <thead className="sr-only md:not-sr-only md:table-header-group">
        <tr className="text-left text-[13px] text-ink-2">
          <th scope="col" className="w-20 py-1 font-normal">
            Release
          </th>
          <th scope="col" className="py-1 font-normal">
            Change
          </th>
          {table.stages.map((stage) => (
            <th key={stage} scope="col" className="w-36 py-1 pl-4 font-normal">
              {stage}
            </th>
          ))}
          <th scope="col" className="w-28 py-1 pl-4 text-right font-normal">
            Merged
          </th>
        </tr>
      </thead>
      <tbody className="block md:table-row-group">
        {table.rows.map((row) => (
          <Row key={row.release} service={table.service} stages={table.stages} row={row} />
        ))}
      </tbody>
    </table>
  )
}

function Row(line: {
  readonly service: string
  readonly stages: readonly string[]
  readonly row: ReleaseRow
}) {
  const { service, stages, row } = line
  return (
    <tr className="flex flex-wrap items-baseline gap-x-3 border-t border-line py-2 md:table-row">
      <td className="md:py-1.5">
        <ReleaseLink service={service} release={row.release} />
      </td>
      <td className="min-w-0 flex-1 basis-3/4 md:max-w-0 md:truncate md:py-1.5">
        <span className="md:inline">{row.subject}</span> <span className="text-ink-2">{row.author}</span>
      </td>
      {stages.map((stage) => {
        const standing = row.standings.find((each) => each.stage === stage)?.standing
        return (
          <td key={stage} className="text-[13px] md:py-1.5 md:pl-4 md:text-sm">
            <span className="text-ink-3 md:hidden">{stage} </span>
            {standing === undefined ? (
              <span className="text-ink-3">–</span>
            ) : (
              <StandingMark standing={standing} />
            )}
          </td>
        )
      })}
      <td className="text-right text-[13px] text-ink-2 md:py-1.5 md:pl-4">
        <Moment at={row.mergedAt} reachable={false} side="right" />
      </td>
    </tr>
  )
}
