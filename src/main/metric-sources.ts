// Who is asked what an environment does: the routers, always, for the plan that is in force; and for what it counts, the
// source that its stage names.
import type { MetricSource, SourceAsked, TrafficReading } from '../ports/metric-source.ts'

export type MetricSources = {
  readonly router: MetricSource
  /** By the kind of the source that a stage names. */
  readonly outside: Readonly<Record<SourceAsked['analysis']['source']['kind'], MetricSource>>
}

export function createMetricSources({ router, outside }: MetricSources): MetricSource {
  return {
    read: async (environment, asked) => {
      if (asked === undefined) return router.read(environment)
      const source = outside[asked.analysis.source.kind]
      const [routed, told] = await Promise.all([router.read(environment), source.read(environment, asked)])
      return asked.analysis.counts === undefined ? beside(routed, told) : instead(routed, told)
    },
  }
}

/** The router counts; the source is there for the queries of alarms. */
function beside(routed: TrafficReading, { told, trouble }: TrafficReading): TrafficReading {
  return { ...routed, ...(told === undefined ? {} : { told }), ...(trouble === undefined ? {} : { trouble }) }
}

/** Both must be seen: what the source counts says nothing of the plan that is in force. */
function instead(routed: TrafficReading, told: TrafficReading): TrafficReading {
  if (!routed.seen) return routed
  return { ...told, generation: routed.generation, ...(routed.tracks ? { tracks: routed.tracks } : {}) }
}
