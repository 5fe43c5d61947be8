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
import { readRelease } from '../words.ts'

export function unpinCommand(cli: Cli): Command {
  return define(cli, {
    name: 'unpin',
    about: aboutAct('unpin'),
    arguments: [['[stage]', 'stage, or service/stage; the only pinned one when left out']],
    options: [
      ['--culprit <release>', 'names and rejects the change that was at fault'],
      REASON,
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: ['sluice unpin production --culprit \'#12\' --reason "12 loses carts"'],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'unpin')
      const named = run.text('culprit')
      const culprit = named === undefined ? {} : { culprit: readRelease(named) }
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.pin !== null)
      const body = { stage: stage.stage, reason, ...culprit }
      return (await perform(run, { client, service: service.service, act: 'unpin', body })).exit
    },
  })
}
