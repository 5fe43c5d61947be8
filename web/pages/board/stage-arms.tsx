import type { ArmSeen, StageView } from '../../../src/api/board.ts'
import { describeBytes, describeLatency, describePercent, describeRate } from '../../data/figures.ts'
import { nameRelease, plural } from '../../data/wording.ts'

/** What was seen of each release that serves here: a sentence for one, a line each for several. */
export function StageArms({ stage }: { readonly stage: StageView }) {
  // What is kept warm serves nobody: it is a cost, not something to compare with.
  const warm = stage.arms.filter((arm) => arm.weightPercent === 0 && stage.warm.includes(arm.release))
  const serving = stage.arms.filter((arm) => !warm.includes(arm))
  const [only, ...others] = serving
  return (
    <>
      {only === undefined ? null : others.length === 0 ? (
        <OneArm arm={only} />
      ) : (
        <ArmTable stage={stage} arms={serving} />
      )}
      {stage.warm.length === 0 ? null : (
        <p className="text-[13px] text-ink-2">
          Kept warm: {stage.warm.map((release) => warmText(release, warm)).join(', ')}
        </p>
      )}
    </>
  )
}

function OneArm({ arm }: { readonly arm: ArmSeen }) {
  return (
    <p className="text-[13px] text-ink-2">
      {describeRate(arm.requestsPerS)} req/s · {describePercent(arm.errorPercent)} errors · p95{' '}
      {describeLatency(arm.latencyMsP95)} · {instancesOf(arm)}
    </p>
  )
}

type Column = {
  readonly label: string
  readonly of: (arm: ArmSeen) => string
  /** Only where the card is wide enough. */
  readonly isExtra?: boolean
}

const columns: readonly Column[] = [
  { label: 'Traffic', of: (arm) => describePercent(arm.weightPercent) },
  { label: 'Req/s', of: (arm) => describeRate(arm.requestsPerS) },
  { label: 'Errors', of: (arm) => describePercent(arm.errorPercent) },
  { label: 'p50', of: (arm) => describeLatency(arm.latencyMsP50), isExtra: true },
  { label: 'p95', of: (arm) => describeLatency(arm.latencyMsP95) },
  {
    label: 'CPU',
    of: (arm) => (arm.cpuPercent === null ? '–' : describePercent(arm.cpuPercent)),
    isExtra: true,
  },
  { label: 'Memory', of: (arm) => describeBytes(arm.memoryBytes), isExtra: true },
  { label: 'Boxes', of: boxesOf },
]

/** One below the other, so that what is compared stands in one column. */
function ArmTable({ stage, arms }: { readonly stage: StageView; readonly arms: readonly ArmSeen[] }) {
  return (
    <table className="w-full text-[13px]">
      <caption className="sr-only">What was seen of each release in {stage.stage}</caption>
      <thead>
        <tr className="border-b border-line text-ink-2">
          <td />
          {columns.map((column) => (
            <th
              key={column.label}
              scope="col"
              className={`py-1 pl-2 text-right font-normal ${column.isExtra ? 'hidden @lg:table-cell' : ''}`}
            >
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {arms.map((arm) => (
          <tr key={arm.release}>
            <th scope="row" className="py-1 text-left font-medium whitespace-nowrap">
              {nameRelease(arm.release)}{' '}
              <span className="block font-normal text-ink-2 @sm:inline">{roleOf(stage, arm.release)}</span>
            </th>
            {columns.map((column) => (
              <td
                key={column.label}
                className={`py-1 pl-2 text-right whitespace-nowrap ${column.isExtra ? 'hidden @lg:table-cell' : ''}`}
              >
                {column.of(arm)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function roleOf(stage: StageView, release: number): string {
  if (stage.rollout?.direction === 'back') {
    if (release === stage.rollout.release) return 'coming back'
    if (release === stage.rollout.from) return 'leaving'
  }
  if (release === stage.rollout?.release) return 'candidate'
  if (release === stage.rollout?.from) return 'baseline'
  if (stage.warm.includes(release)) return 'warm'
  return release === stage.live?.release ? 'live' : ''
}

function instancesOf(arm: ArmSeen): string {
  const { ready, wanted, restarts } = arm.instances
  const count = ready === wanted ? plural(ready, 'instance') : `${ready} of ${plural(wanted, 'instance')}`
  return restarts === 0 ? count : `${count}, ${restarts} restarted`
}

function boxesOf({ instances: { ready, wanted, restarts } }: ArmSeen): string {
  const count = ready === wanted ? String(ready) : `${ready}/${wanted}`
  return restarts === 0 ? count : `${count}, ${restarts}↻`
}

function warmText(release: number, arms: readonly ArmSeen[]): string {
  const arm = arms.find((each) => each.release === release)
  return arm === undefined ? nameRelease(release) : `${nameRelease(release)} ${costOf(arm)}`
}

function costOf(arm: ArmSeen): string {
  const memory = arm.memoryBytes === null ? '' : `, ${describeBytes(arm.memoryBytes)}`
  return `(${instancesOf(arm)}${memory})`
}
