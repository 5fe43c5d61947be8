import { Command } from 'commander'
import {
  ACT_JSON,
  aboutAct,
  choosePlace,
  DRY_RUN,
  mustBeAble,
  perform,
  REASON,
  reasonOf,
  SERVICE,
  YES,
} from '../act.ts'
import { type Cli, define } from '../define.ts'
import { STAGE } from '../settings-verbs.ts'

export function stageCommand(cli: Cli): Command {
  return new Command('stage')
    .description('Stages of the pipeline: let go of one that the configuration shall be without')
    .addCommand(
      define(cli, {
        name: 'retire',
        about: aboutAct('retire-stage'),
        arguments: [STAGE],
        options: [REASON, SERVICE, YES, DRY_RUN],
        examples: ['sluice stage retire canary --reason "staging does it all"'],
        json: ACT_JSON,
        run: async (run, [typed]) => {
          mustBeAble(run, 'retire-stage')
          const reason = await reasonOf(run)
          const { client, service, stage } = await choosePlace(run, typed)
          const body = { stage: stage.stage, reason }
          return (await perform(run, { client, service: service.service, act: 'retire-stage', body })).exit
        },
      }),
    )
}
