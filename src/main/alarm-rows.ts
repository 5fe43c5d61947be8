// What the alarms in force come to on the past, for `plan`: worked out once in a while, and never waited for long.
import { Worker } from 'node:worker_threads'
import { backTestInWords, type BackTested } from '../domain/analysis/alarms/back-test.ts'
import type { EpochMs, ServiceName } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ForecastRow } from '../views/forecast.ts'
import type { TriedAsked } from './tried-on-the-past.ts'

const KEPT_MS = 10 * 60_000
/** Whoever asks first waits so long; what takes longer is there for the next one. */
const WAIT_MS = 2_000

type Kept = { readonly atMs: number; readonly rows: Promise<readonly ForecastRow[]> }

export function createAlarmRows(parts: {
  readonly ticksFolder: string
  readonly clock: Clock
  readonly log: Log
}): (service: ServiceName, stages: readonly StageDefinition[]) => Promise<readonly ForecastRow[]> {
  const { ticksFolder, clock, log } = parts
  const kept = new Map<string, Kept>()

  const work = async (
    service: ServiceName,
    stages: readonly StageDefinition[],
    now: EpochMs,
  ): Promise<readonly ForecastRow[]> => {
    const rows: ForecastRow[] = []
    for (const definition of stages) {
      const { stage } = definition
      try {
        for (const tested of await inThread({ ticksFolder, service, definition, now }))
          rows.push({ stage, text: `the alarm "${tested.alarm}" ${backTestInWords(tested)}`, at: null })
      } catch (error) {
        log.warn({ service, stage, error }, 'alarms could not be tried on the past')
      }
    }
    return rows
  }

  return async (service, stages) => {
    const withAlarms = stages.filter(({ alarms = [] }) => alarms.length > 0)
    if (withAlarms.length === 0) return []
    const key = `${service} ${JSON.stringify(withAlarms)}`
    const known = kept.get(key)
    const isFresh = known !== undefined && clock.monotonicMs() - known.atMs < KEPT_MS
    const { rows } = isFresh ? known : { rows: work(service, withAlarms, clock.now()) }
    if (!isFresh) {
      for (const other of kept.keys()) if (other.startsWith(`${service} `)) kept.delete(other)
      kept.set(key, { atMs: clock.monotonicMs(), rows })
    }
    const waited = new AbortController()
    const late = clock.sleep(WAIT_MS, waited.signal).then((): readonly ForecastRow[] => [])
    return Promise.race([rows, late]).finally(() => waited.abort())
  }
}

function inThread(asked: TriedAsked): Promise<readonly BackTested[]> {
  return new Promise((resolve, reject) => {
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
    const thread = new Worker(new URL(`./tried-thread${extension}`, import.meta.url), { workerData: asked })
    // A server that stops waits for nobody who only looks back.
    thread.unref()
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('the thread that tried alarms on the past ended early')))
  })
}
