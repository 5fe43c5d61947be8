import type { Command } from 'commander'
import { chooseService, chooseStage, readStage } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { measuresText } from '../measures-text.ts'
import { readCount, readDuration, readRelease } from '../words.ts'
import { ENVIRONMENT } from './track.ts'

const SINCE = '30m'
const ROWS_MAX = 5_000

export function metricsCommand(cli: Cli): Command {
  return define(cli, {
    name: 'metrics',
    about:
      'Show requests, errors and latency of each live version, also apart by plan, customer or whatever run.measureBy names',
    arguments: [['[service]', 'such as shop, or shop/staging; guessed when there is one']],
    options: [
      ['-b, --by <names>', 'any of release, track and one dimension, with commas; release when left out'],
      ['--since <duration>', `how far back, up to 14d; ${SINCE} when left out`],
      ['--only <dimension=value>', 'of one value alone, such as customer=acme'],
      ['--release <release>', 'of one release alone'],
      ['-t, --track <track>', 'of one track alone'],
      ['-n, --rows <count>', 'how many rows; 200 when left out'],
      ENVIRONMENT,
    ],
    examples: [
      'sluice metrics shop --by release,plan --since 30m',
      'sluice metrics --only customer=acme --since 2h',
      'sluice metrics --by track,customer --release 23',
    ],
    json: '{"service":"shop","stage":"production","from":…,"until":…,"by":["release"],"rows":[{"release":23,"name":"#23","requests":120,"errors":3,"errorRate":0.025,"p50Ms":4.7,"p95Ms":19,"p99Ms":38,"missedMax":0}],…}',
    run: async (run, [where]) => {
      const { client, service, stage } = await placeOf(run, where)
      const release = run.text('release')
      const rows = run.text('rows')
      const view = await client.measures(service, stage, {
        by: (run.text('by') ?? 'release').split(',').map((name) => name.trim()),
        from: run.parts.now() - readDuration(run.text('since') ?? SINCE),
        only: run.text('only'),
        release: release === undefined ? undefined : readRelease(release),
        track: run.text('track'),
        limit: rows === undefined ? undefined : readCount(rows, '--rows', ROWS_MAX),
      })
      run.json(view)
      for (const line of measuresText(view, run.style, run.parts.stdout.columns)) run.say(line)
    },
  })
}

async function placeOf(run: Run, where: string | undefined) {
  const client = await run.client()
  const [named, inIt] = where?.split('/', 2) ?? []
  const typed = readStage(run.text('env'), named)
  const service = chooseService(await client.board(), typed.service, run.parts.folder)
  const stage = chooseStage(service, typed.stage ?? inIt, (one) => one.isLast)
  return { client, service: service.service, stage: stage.stage }
}
