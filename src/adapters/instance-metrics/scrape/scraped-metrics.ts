// Asks each instance on its own port for what it exposes, as Prometheus would.
import { request } from 'node:http'
import type { MetricName } from '../../../domain/analysis/alarms/metric-name.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { InstanceAsked, InstanceMetrics, InstanceTold } from '../../../ports/instance-metrics.ts'
import { readExposition } from './read-exposition.ts'

export type ScrapedMetricsOptions = {
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** How long one instance may take to tell everything; 500 by default. */
  readonly answerMsMax?: number
  /** What is longer is not read; 4 MiB by default. */
  readonly bytesMax?: number
}

export function createScrapedMetrics(options: ScrapedMetricsOptions): InstanceMetrics {
  const { clock, answerMsMax = 500, bytesMax = 4 * 1024 * 1024 } = options

  const ask = async (asked: InstanceAsked, metrics: readonly MetricName[]): Promise<InstanceTold> => {
    const { id, path } = asked
    const atMs = clock.monotonicMs()
    try {
      const text = await exposed(asked, { answerMsMax, bytesMax })
      const { values, missing } = readExposition(text, metrics)
      return { id, atMs, values, trouble: [...new Set(missing.values())].join('; ') }
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      return { id, atMs, values: new Map(), trouble: `GET ${path} of ${id}: ${words}` }
    }
  }

  return {
    read: (asked, metrics) => Promise.all(asked.map((one) => ask(one, metrics))),
  }
}

const ACCEPTED = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.8,*/*;q=0.1'

function exposed(
  { host, port, path }: InstanceAsked,
  { answerMsMax, bytesMax }: { readonly answerMsMax: number; readonly bytesMax: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(answerMsMax)
    const fail = (words: string): void => reject(new Error(words))
    const lost = (error: Error): void =>
      fail(limit.aborted ? `not all of it came within ${answerMsMax} ms` : error.message)
    const asked = request(
      {
        host,
        port,
        path,
        signal: limit,
        // A connection of its own each time: a kept one may belong to a process that is already gone.
        agent: false,
        headers: {
          accept: ACCEPTED,
          'accept-encoding': 'identity',
          connection: 'close',
          'user-agent': 'sluice-metrics',
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        let bytes = 0
        if (answer.statusCode !== 200) {
          answer.destroy()
          fail(`it answered ${answer.statusCode}, and 200 is needed`)
          return
        }
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          chunks.push(chunk)
          if (bytes <= bytesMax) return
          answer.destroy()
          fail(`it is longer than ${bytesMax} bytes`)
        })
        answer.on('error', lost)
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const isOpenMetrics = answer.headers['content-type']?.includes('openmetrics') === true
          // What is cut off may miss anything, and looks whole.
          if (isOpenMetrics && !/(^|\n)# EOF\s*$/.test(text)) fail('its end is missing (# EOF)')
          else resolve(text)
        })
      },
    )
    asked.on('error', lost)
    asked.end()
  })
}
