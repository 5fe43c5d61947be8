import type { Command } from 'commander'
import { ACT_JSON, aboutAct, DRY_RUN, mustBeAble, perform, SERVICE } from '../act.ts'
import { chooseService, chooseStage } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { usage } from '../failure.ts'
import { readRelease } from '../words.ts'

export function retryCommand(cli: Cli): Command {
  return define(cli, {
    name: 'retry',
    about: aboutAct('retry'),
    arguments: [
      ['<release>', 'release to try again'],
      ['[stage]', 'where its check or rollout failed; left out: its build'],
    ],
    options: [SERVICE, DRY_RUN],
    examples: ["sluice retry '#12'", 'sluice retry 12 staging'],
    json: ACT_JSON,
    run: async (run, [typed, stageTyped]) => {
      if (typed === undefined) throw usage('cli/needs-release', 'which release?')
      mustBeAble(run, 'retry')
      const release = readRelease(typed)
      const client = await run.client()
      const service = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const stage = stageTyped === undefined ? {} : { stage: chooseStage(service, stageTyped).stage }
      const body = { release, ...stage }
      return (await perform(run, { client, service: service.service, act: 'retry', body })).exit
    },
  })
}
