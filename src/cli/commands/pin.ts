import type { Command } from 'commander'
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
} from '../act.ts'
import { type Cli, define } from '../define.ts'

export function pinCommand(cli: Cli): Command {
  return define(cli, {
    name: 'pin',
    about: aboutAct('pin'),
    arguments: [['[stage]', 'stage, or service/stage']],
    options: [REASON, SERVICE, DRY_RUN],
    examples: ['sluice pin production --reason "big sale today"'],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'pin')
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed)
      const body = { stage: stage.stage, reason }
      return (await perform(run, { client, service: service.service, act: 'pin', body })).exit
    },
  })
}
