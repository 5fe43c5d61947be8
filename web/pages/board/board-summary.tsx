import type { Remark } from '../../data/attention.ts'
import { Icon } from '../../parts/icon.tsx'
import { toneText } from '../../parts/tone.tsx'
import { anchorOf } from './anchors.ts'

// A handful can be jumped to; a longer list would only push the board off the screen.
const jumpsMax = 8

/** The board in one sentence, and a way to each thing that is not calm. */
export function BoardSummary({
  summary,
  isStale,
  filter,
}: {
  readonly summary: { readonly text: string; readonly remarks: readonly Remark[] }
  readonly isStale: boolean
  readonly filter: { readonly value: string; readonly set: (value: string) => void } | null
}) {
  const jumps = summary.remarks.slice(0, jumpsMax)
  const others = summary.remarks.length - jumps.length
  return (
    <div className="mb-6 flex flex-wrap items-start justify-between gap-x-8 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-xl font-semibold">
          {isStale ? `As last heard: ${lowerFirst(summary.text)}` : summary.text}
        </h1>
        {jumps.length === 0 ? null : (
          <ul className="mt-1 flex flex-wrap gap-x-5 text-sm">
            {jumps.map((remark) => (
              <li key={`${remark.service} ${remark.stage} ${remark.word}`}>
                <a
                  href={`#${anchorOf(remark.service, remark.stage)}`}
                  className="inline-flex items-center gap-1 hover:underline touch:min-h-11"
                >
                  <span className={`shrink-0 whitespace-nowrap ${toneText[remark.tone]}`}>{remark.word}</span>
                  <span className="text-ink-2">
                    {remark.service}
                    {remark.stage === null ? '' : ` ${remark.stage}`}
                  </span>
                </a>
              </li>
            ))}
            {others > 0 ? <li className="text-ink-2">and {others} more</li> : null}
          </ul>
        )}
      </div>
      {filter === null ? null : (
        <label className="flex w-full items-center gap-2 rounded-md border border-line-strong bg-paper px-3 text-ink-2 sm:w-56">
          <Icon name="search" />
          <span className="sr-only">Show services named</span>
          <input
            id="filter"
            type="search"
            placeholder="Filter services"
            value={filter.value}
            onChange={(event) => filter.set(event.currentTarget.value)}
            className="h-9 min-w-0 flex-1 bg-transparent text-ink outline-none placeholder:text-ink-3 touch:h-11 touch:text-base"
          />
        </label>
      )}
    </div>
  )
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}
