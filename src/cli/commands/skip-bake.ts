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

export function skipBakeCommand(cli: Cli): Command {
  return define(cli, {
    name: 'skip-bake',
    about: aboutAct('skip-bake'),
    arguments: [
      ['[stage]', 'stage that bakes; the only one that does when left out'],
      ['[release]', 'the one that bakes there when left out'],
    ],
    options: [REASON, SERVICE, YES, DRY_RUN],
    examples: [
      'sluice skip-bake staging --reason "wording only"',
      "sluice skip-bake staging '#12' -r typo --yes",
    ],
    json: ACT_JSON,
    run: async (run, [typed, number]) => {
      mustBeAble(run, 'skip-bake')
      const release = number === undefined ? {} : { release: readRelease(number) }
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.bake !== null)
      const body = { stage: stage.stage, reason, ...release }
      return (await perform(run, { client, service: service.service, act: 'skip-bake', body })).exit
    },
  })
}
