import type { PointerEvent } from 'react'
import { type Dot, boxSize, linePath, nearestIndex, placeX, roundTop } from '../data/chart.ts'

export type ChartLine = {
  readonly name: string
  readonly dots: readonly Dot[]
  /** What the chart is about is drawn strongly, what it is compared with lightly. */
  readonly isSubject: boolean
}

/**
 * A small chart of a few lines over one time. The numbers at the pointer, or else the newest, stand above it in words;
 * the table beside the charts says the same to whoever cannot see them.
 */
export function LineChart(chart: {
  readonly title: string
  readonly moments: readonly number[]
  readonly stepMs: number
  readonly lines: readonly ChartLine[]
  readonly describe: (value: number) => string
  /** The least that the top of the chart stands for, so that noise does not look like a mountain. */
  readonly topAtLeast: number
  readonly pointed: number | null
  readonly onPoint: (index: number | null) => void
}) {
  const { moments, lines, pointed } = chart
  const index = pointed ?? moments.length - 1
  const at = moments[index] ?? 0
  const values = lines.flatMap(({ dots }) => dots.flatMap(({ value }) => value ?? []))
  const scale = {
    fromMs: moments[0] ?? 0,
    toMs: moments.at(-1) ?? 1,
    top: roundTop(Math.max(0, ...values), chart.topAtLeast),
  }
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    chart.onPoint(nearestIndex(moments, (event.clientX - box.left) / box.width))
  }
  return (
    <figure className="min-w-0">
      <figcaption className="flex min-h-5 flex-wrap items-baseline justify-between gap-x-3 text-[13px]">
        <span className="text-ink-2">{chart.title}</span>
        <span className="flex gap-2.5 whitespace-nowrap">
          {lines.map((line) => (
            <span key={line.name} className={line.isSubject ? 'font-medium text-moving' : 'text-ink-2'}>
              {line.name} {valueAt(line, at, chart.describe)}
            </span>
          ))}
        </span>
      </figcaption>
      <div className="relative mt-1">
        <svg
          viewBox={`0 0 ${boxSize} ${boxSize}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="block h-20 w-full touch-pan-y overflow-visible border-b border-line-strong"
          onPointerMove={point}
          onPointerLeave={() => chart.onPoint(null)}
        >
          <path d={`M0 0H${boxSize}M0 50H${boxSize}`} className="stroke-line" {...thin} />
          {pointed === null ? null : (
            <path d={`M${placeX(at, scale)} 0V${boxSize}`} className="stroke-line-strong" {...thin} />
          )}
          {lines.toReversed().map((line) => (
            <path
              key={line.name}
              d={linePath(line.dots, scale, chart.stepMs)}
              fill="none"
              vectorEffect="non-scaling-stroke"
              strokeLinejoin="round"
              strokeLinecap="round"
              strokeWidth={line.isSubject ? 2 : 1.25}
              className={line.isSubject ? 'stroke-moving' : 'stroke-line-strong'}
            />
          ))}
        </svg>
        <span className="pointer-events-none absolute top-0 right-0 -translate-y-1/2 bg-page pl-1 text-[11px] text-ink-3">
          {chart.describe(scale.top)}
        </span>
      </div>
    </figure>
  )
}

const thin = { vectorEffect: 'non-scaling-stroke', strokeWidth: 1, fill: 'none' } as const

function valueAt(line: ChartLine, at: number, describe: (value: number) => string): string {
  const value = line.dots.find((dot) => dot.at === at)?.value ?? null
  return value === null ? '–' : describe(value)
}
