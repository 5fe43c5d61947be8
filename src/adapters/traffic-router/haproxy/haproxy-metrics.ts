// What HAProxy counts for each release and track. It keeps no histogram of latency: there is none in these readings, and
// the judge has errors, crashes and logs to go by.
import { environmentKey } from '../../../domain/names.ts'
import { STABLE } from '../../../domain/traffic/route-rule.ts'
import type { MetricSource, TrackReading, TrafficReading } from '../../../ports/metric-source.ts'
import { readCounters, readMap, type Haproxy } from './haproxy-maps.ts'
import { haproxyFiles } from './haproxy-process.ts'

const UNSEEN: TrafficReading = { seen: false, generation: 0, arms: [] }

export function createHaproxyMetrics(options: {
  readonly stateDir: string
  /** 1,000 by default. */
  readonly answerMsMax?: number
}): MetricSource {
  const { stateDir, answerMsMax = 1_000 } = options
  const at: Haproxy = { ...haproxyFiles(stateDir), signal: () => AbortSignal.timeout(answerMsMax) }

  return {
    async read(environment) {
      const key = environmentKey(environment)
      try {
        const [counted, plans] = [await readCounters(at), await readMap(at, 'plans')]
        const readings = counted.flatMap(({ name, requests, errors }): readonly TrackReading[] => {
          if (!name.startsWith(`${key}/`)) return []
          const [release, track = ''] = name.slice(key.length + 1).split('/')
          return [
            { release: Number(release), track: track === '' ? null : track, requests, errors, latency: [] },
          ]
        })
        const arms = readings.flatMap(({ track, ...arm }) => (track === STABLE ? [arm] : []))
        const tracks = readings.filter(({ track }) => track !== STABLE)
        const generation = Number(plans.get(key)?.split('|')[0] ?? 0)
        return { seen: true, generation, arms, ...(tracks.length > 0 ? { tracks } : {}) }
      } catch {
        // The contract: missing data is said, never thrown.
        return UNSEEN
      }
    },
  }
}
