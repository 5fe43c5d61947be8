import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import type { Client } from '../../api/client.ts'
import { chooseService, chooseStage } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { CliFailure, EXIT } from '../failure.ts'
import { readRelease, tame } from '../words.ts'

const LOOK_MS = 500

export function logsCommand(cli: Cli): Command {
  return define(cli, {
    name: 'logs',
    about: 'Print the build log of a release, or with --stage what its instances printed there',
    arguments: [['[release]', 'the newest when left out, or with --stage the live one']],
    options: [
      ['--stage <stage>', 'the end of what each instance printed there'],
      ['-f, --follow', 'stay until the build has ended'],
      SERVICE,
    ],
    examples: ['sluice logs 12 --follow', 'sluice logs --stage production'],
    json: '{"service":"shop","release":12,"text":"…","ended":true} or {"service":"shop","release":12,"stage":"production","instances":[{"instance":"…","text":"…"}]}',
    run: async (run, [typed]) => {
      const named = typed === undefined ? undefined : readRelease(typed)
      const client = await run.client()
      const service = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const stageNamed = run.text('stage')
      const stage = stageNamed === undefined ? undefined : chooseStage(service, stageNamed)
      const release = named ?? (stage === undefined ? service.releases[0]?.release : stage.live?.release)
      if (release === undefined)
        throw new CliFailure(
          EXIT.failed,
          'release/none',
          `there is no release ${stage === undefined ? 'yet' : `in ${stage.stage}`}`,
        )
      if (stage === undefined) return buildLog(run, client, service.service, release)
      const instances = await client.output(service.service, stage.stage, release)
      run.json({ service: service.service, release, stage: stage.stage, instances })
      for (const one of instances)
        run.say(`${run.style.dim(`== ${one.instance}`)}\n${tame(one.text).trimEnd()}`)
    },
  })
}

async function buildLog(run: Run, client: Client, service: string, release: number): Promise<void> {
  const text = new TextDecoder()
  let offset = 0
  let whole = ''
  let ended = false
  while (!run.parts.interrupted.aborted) {
    const part = await client.buildLog(service, release, offset)
    offset += part.bytes.length
    const fresh = text.decode(part.bytes, { stream: true })
    if (run.isJson) whole += fresh
    else run.parts.stdout.write(tame(fresh))
    ended = part.ended && offset >= part.total
    if (ended || (offset >= part.total && !run.has('follow'))) break
    if (part.bytes.length === 0) await run.parts.sleep(LOOK_MS, run.parts.interrupted)
  }
  run.json({ service, release, text: whole, ended })
}
