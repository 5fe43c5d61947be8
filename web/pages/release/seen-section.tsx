import { useState } from 'react'
import type { SeenPoint, SeenView } from '../../../src/api/seen.ts'
import { describeDuration } from '../../data/durations.ts'
import { describeCount, describeLatency, describePercent, describeRate } from '../../data/figures.ts'
import { useSeen } from '../../data/queries.ts'
import { nameRelease } from '../../data/wording.ts'
import { LineChart } from '../../parts/line-chart.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Section } from '../../parts/section.tsx'

/** What was seen of the release, stage by stage, beside what it was compared with. */
export function SeenSection(props: {
  readonly service: string
  readonly release: number
  readonly stages: readonly string[]
}) {
  if (props.stages.length === 0) return null
  return (
    <Section title="What was seen of it" about="While it served, beside what served with it.">
      <div className="space-y-8 border-t border-line pt-4">
        {props.stages.map((stage) => (
          <SeenIn key={stage} service={props.service} stage={stage} release={props.release} />
        ))}
      </div>
    </Section>
  )
}

function SeenIn(props: { readonly service: string; readonly stage: string; readonly release: number }) {
  const { data: seen, error } = useSeen(props.service, props.stage, props.release)
  return (
    <section aria-label={`Seen in ${props.stage}`}>
      <h3 className="text-sm font-medium">
        {props.stage}{' '}
        {seen === undefined || seen.sums.length === 0 ? null : (
          <span className="font-normal text-ink-2">
            {describeDuration(seen.watchedMs)} watched
            {seen.countedBy === null ? '' : `, counted by ${seen.countedBy}`}
          </span>
        )}
      </h3>
      {error === null ? null : <p className="mt-1 text-sm text-wrong">{error.message}</p>}
      {seen === undefined ? (
        // As high as what will stand here, so that nothing below it moves.
        <div className="h-48" />
      ) : seen.sums.length === 0 ? (
        <p className="mt-1 text-sm text-ink-2">
          It served nobody here yet, or so long ago that its numbers are not kept.
        </p>
      ) : (
        <div className="mt-2 space-y-4">
          <Sums seen={seen} />
          {seen.points.length < 2 ? null : <Charts seen={seen} />}
        </div>
      )}
    </section>
  )
}

const headings = ['Requests', 'Errors', 'Error rate', 'p50', 'p95']

function Sums({ seen }: { readonly seen: SeenView }) {
  return (
    <table className="w-full max-w-xl text-[13px] whitespace-nowrap">
      <caption className="sr-only">
        Sums in {seen.stage} while {nameRelease(seen.release)} served
      </caption>
      <thead>
        <tr className="text-ink-2">
          <td />
          {headings.map((heading) => (
            <th key={heading} scope="col" className="py-1 pl-3 text-right font-normal">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {seen.sums.map((sum) => (
          <tr key={sum.release} className="border-t border-line">
            <th
              scope="row"
              className={`py-1 text-left font-medium ${sum.release === seen.release ? 'text-moving' : 'text-ink-2'}`}
            >
              {sum.name}
            </th>
            <td className="py-1 pl-3 text-right">{describeCount(sum.requests)}</td>
            <td className="py-1 pl-3 text-right">{describeCount(sum.errors)}</td>
            <td className="py-1 pl-3 text-right">{describePercent(sum.errorPercent)}</td>
            <td className="py-1 pl-3 text-right">{describeLatency(sum.latencyMsP50)}</td>
            <td className="py-1 pl-3 text-right">{describeLatency(sum.latencyMsP95)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

type Arm = SeenPoint['arms'][number]

const charts: readonly {
  readonly title: string
  readonly of: (arm: Arm) => number | null
  readonly describe: (value: number) => string
  readonly topAtLeast: number
}[] = [
  { title: 'Traffic', of: (arm) => arm.weightPercent, describe: describePercent, topAtLeast: 100 },
  { title: 'Requests/s', of: (arm) => arm.requestsPerS, describe: describeRate, topAtLeast: 1 },
  { title: 'Errors', of: (arm) => arm.errorPercent, describe: describePercent, topAtLeast: 1 },
  { title: 'p95', of: (arm) => arm.latencyMsP95, describe: describeLatency, topAtLeast: 10 },
]

function Charts({ seen }: { readonly seen: SeenView }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const { points, stepMs, sums } = seen
  const moments = points.map(({ at }) => at)
  const first = moments[0] ?? 0
  const last = moments.at(-1) ?? 0
  return (
    <div>
      <div className="grid grid-cols-1 gap-x-8 gap-y-4 sm:grid-cols-2">
        {charts.map((chart) => (
          <LineChart
            key={chart.title}
            {...chart}
            moments={moments}
            stepMs={stepMs}
            pointed={pointed}
            onPoint={setPointed}
            lines={sums.map((sum) => ({
              name: sum.name,
              isSubject: sum.release === seen.release,
              dots: points.map(({ at, arms }) => {
                const arm = arms.find(({ release }) => release === sum.release)
                return { at, value: arm === undefined ? null : chart.of(arm) }
              }),
            }))}
          />
        ))}
      </div>
      <p className="mt-2 flex justify-between text-[13px] text-ink-2">
        <Moment at={first} as="moment" reachable={false} />
        <span>
          {pointed === null ? '' : <Moment at={moments[pointed] ?? last} as="moment" reachable={false} />}
        </span>
        <Moment at={last} as="moment" reachable={false} side="right" />
      </p>
    </div>
  )
}
