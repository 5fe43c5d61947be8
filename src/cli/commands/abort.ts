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
  YES,
} from '../act.ts'
import { type Cli, define } from '../define.ts'

export function abortCommand(cli: Cli): Command {
  return define(cli, {
    name: 'abort',
    about: aboutAct('abort'),
    arguments: [['[stage]', 'stage, or service/stage; the only one with a rollout under way when left out']],
    options: [REASON, SERVICE, YES, DRY_RUN],
    examples: ['sluice abort production --reason "checkout is slow"'],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'abort')
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.rollout !== null)
      const body = { stage: stage.stage, reason }
      return (await perform(run, { client, service: service.service, act: 'abort', body })).exit
    },
  })
}
