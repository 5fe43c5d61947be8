import type { AuditRow } from '../../src/api/board.ts'
import { nameActor } from '../data/wording.ts'
import { Moment } from './moment.tsx'
import { ReleaseLink } from './release-link.tsx'

/** Who, what, where, when. People stand out against the machine's own acts. */
export function AuditRows({ rows, hasService }: { readonly rows: readonly AuditRow[]; hasService: boolean }) {
  return (
    <ol className="@container text-sm">
      {rows.map((row) => (
        <li
          key={row.position}
          className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-t border-line py-2 @2xl:flex-nowrap"
        >
          <span className="text-[13px] text-ink-2 @2xl:w-28 @2xl:shrink-0">
            <Moment at={row.at} as="moment" reachable={false} />
          </span>
          <span
            className={`@2xl:w-36 @2xl:shrink-0 ${row.by.kind === 'person' ? 'font-medium' : 'text-ink-2'}`}
          >
            {nameActor(row.by)}
          </span>
          <span className="order-1 min-w-0 basis-full @2xl:order-none @2xl:flex-1 @2xl:basis-0">
            {row.text}
          </span>
          <span className="ml-auto text-[13px] text-ink-2 @2xl:shrink-0">
            {hasService ? `${row.service} ` : ''}
            {row.stage ?? ''}
            {row.release === null ? null : (
              <>
                {' '}
                <ReleaseLink service={row.service} release={row.release} />
              </>
            )}
          </span>
        </li>
      ))}
    </ol>
  )
}
