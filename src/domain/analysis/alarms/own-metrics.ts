// What alarms may be set on without anything installed: what the router counts and the host shows. What is of instances
// is the mean of those that are ready.
import { quantileMs } from '../latency-histogram.ts'
import type { ArmTick } from '../tick.ts'

export const OWN_METRICS = [
  'requestsPerSecond',
  'errorPercent',
  'latencyMsP50',
  'latencyMsP95',
  'latencyMsP99',
  'cpuPercent',
  'memoryBytes',
  'threads',
  'fds',
  'readBytesPerSecond',
  'writeBytesPerSecond',
  'errorLinesPerSecond',
] as const
export type OwnMetric = (typeof OWN_METRICS)[number]

/** Null where there was nothing to measure: no request, no time, no instance that is ready. */
export function ownMetric(
  metric: OwnMetric,
  arm: ArmTick,
  { spanMs, routerSeen }: { readonly spanMs: number; readonly routerSeen: boolean },
): number | null {
  const { requests, errors, latency, instances } = arm
  if (spanMs <= 0) return null
  const perSecond = (count: number): number => (1_000 * count) / spanMs
  const asked = (value: () => number | undefined): number | null =>
    routerSeen && requests > 0 ? (value() ?? null) : null
  const each = (sum: number): number | null => (instances.ready > 0 ? sum / instances.ready : null)
  switch (metric) {
    case 'requestsPerSecond':
      return routerSeen ? perSecond(requests) : null
    case 'errorPercent':
      return asked(() => (100 * Math.min(errors, requests)) / requests)
    case 'latencyMsP50':
      return asked(() => quantileMs(latency, 0.5))
    case 'latencyMsP95':
      return asked(() => quantileMs(latency, 0.95))
    case 'latencyMsP99':
      return asked(() => quantileMs(latency, 0.99))
    case 'cpuPercent':
      return each((100 * instances.cpuMs) / spanMs)
    case 'memoryBytes':
      return each(instances.memoryBytes)
    case 'threads':
      return each(instances.threads)
    case 'fds':
      return each(instances.fds)
    case 'readBytesPerSecond':
      return each(perSecond(instances.readBytes))
    case 'writeBytesPerSecond':
      return each(perSecond(instances.writeBytes))
    case 'errorLinesPerSecond':
      return each(perSecond(instances.errorLines))
  }
}
