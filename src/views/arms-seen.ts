// What is seen of each release that serves an environment, as rates people can read.
import type { ArmSeen } from '../api/board.ts'
import { addArms, type ArmSum } from '../domain/analysis/evidence.ts'
import { quantileMs } from '../domain/analysis/latency-histogram.ts'
import type { ArmTick, Tick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'

type Seen = { readonly spanMs: number; readonly arm: ArmTick }

/** Over the ticks handed in, but only since a release has the share it has now: what was before says nothing of it. */
export function armsSeen(recent: readonly Tick[]): readonly ArmSeen[] {
  return (recent.at(-1)?.arms ?? []).map((last): ArmSeen => {
    const seen = sinceShare(recent, last)
    const seconds = seen.reduce((sum, { spanMs }) => sum + spanMs, 0) / 1000
    const cpuMs = seen.reduce((sum, { arm }) => sum + arm.instances.cpuMs, 0)
    const [sum] = seen.reduce<readonly ArmSum[]>((sums, { arm }) => addArms(sums, [counted(arm)]), [])
    const { wanted, ready, restarts, memoryBytes } = last.instances
    return {
      release: last.release,
      weightPercent: last.weightPercent,
      instances: { wanted, ready, restarts },
      requestsPerS: seconds > 0 ? (sum?.requests ?? 0) / seconds : 0,
      errorPercent: sum && sum.requests > 0 ? (100 * sum.errors) / sum.requests : 0,
      latencyMsP50: quantileMs(sum?.latency ?? [], 0.5) ?? null,
      latencyMsP95: quantileMs(sum?.latency ?? [], 0.95) ?? null,
      cpuPercent: seconds > 0 ? cpuMs / seconds / 10 : null,
      memoryBytes,
    }
  })
}

/** Its requests alone. */
export function counted({ release, requests, errors, latency }: ArmTick): ArmSum {
  return { release, requests, errors, latency }
}

function sinceShare(recent: readonly Tick[], { release, weightPercent }: ArmTick): readonly Seen[] {
  const seen = recent.map(({ spanMs, arms }) => ({ spanMs, arm: armOf(arms, release) }))
  const before = seen.findLastIndex(({ arm }) => arm?.weightPercent !== weightPercent)
  return seen.slice(before + 1).flatMap(({ spanMs, arm }) => (arm ? [{ spanMs, arm }] : []))
}

function armOf(arms: readonly ArmTick[], release: ReleaseNumber): ArmTick | undefined {
  return arms.find((arm) => arm.release === release)
}
