import type { ArmSeen, StageView } from '../../../src/api/board.ts'
import { describeBytes, describeLatency, describePercent, describeRate } from '../../data/figures.ts'

/** What was seen of each release that serves here: one line for one, side by side for several. */
export function StageArms({ stage }: { readonly stage: StageView }) {
  const [only, ...others] = stage.arms
  if (only === undefined) return null
  return others.length === 0 ? <OneArm arm={only} /> : <ArmTable stage={stage} />
}

function OneArm({ arm }: { readonly arm: ArmSeen }) {
  return (
    <p className="text-[13px] text-ink-2">
      {describeRate(arm.requestsPerS)} req/s · {describePercent(arm.errorPercent)} errors · p95{' '}
      {describeLatency(arm.latencyMsP95)} · {instancesOf(arm)}
    </p>
  )
}

const rows: readonly { readonly label: string; readonly of: (arm: ArmSeen) => string }[] = [
  { label: 'Traffic', of: (arm) => describePercent(arm.weightPercent) },
  { label: 'Requests/s', of: (arm) => describeRate(arm.requestsPerS) },
  { label: 'Errors', of: (arm) => describePercent(arm.errorPercent) },
  { label: 'p50', of: (arm) => describeLatency(arm.latencyMsP50) },
  { label: 'p95', of: (arm) => describeLatency(arm.latencyMsP95) },
  { label: 'CPU', of: (arm) => (arm.cpuPercent === null ? '–' : describePercent(arm.cpuPercent)) },
  { label: 'Memory', of: (arm) => describeBytes(arm.memoryBytes) },
  { label: 'Instances', of: (arm) => instancesOf(arm, false) },
]

function ArmTable({ stage }: { readonly stage: StageView }) {
  return (
    <table className="w-full max-w-md text-[13px]">
      <caption className="sr-only">What was seen of each release in {stage.stage}</caption>
      <thead>
        <tr className="border-b border-line">
          <td />
          {stage.arms.map((arm) => (
            <th key={arm.release} scope="col" className="py-1 pl-3 text-right font-medium">
              #{arm.release} <span className="font-normal text-ink-2">{roleOf(stage, arm.release)}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.label}>
            <th scope="row" className="py-px text-left font-normal text-ink-2">
              {row.label}
            </th>
            {stage.arms.map((arm) => (
              <td key={arm.release} className="py-px pl-3 text-right">
                {row.of(arm)}
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

function instancesOf({ instances }: ArmSeen, isSentence = true): string {
  const count =
    instances.ready === instances.wanted
      ? String(instances.ready)
      : `${instances.ready} of ${instances.wanted}`
  const restarts = instances.restarts === 0 ? '' : `, ${instances.restarts} restarted`
  if (!isSentence) return `${count}${restarts}`
  return `${count} ${instances.wanted === 1 ? 'instance' : 'instances'}${restarts}`
}
