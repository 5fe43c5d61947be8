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
import { readCount } from '../words.ts'
import { INSTANCES, INSTANCES_MAX } from './track.ts'

export function deployCommand(cli: Cli): Command {
  return define(cli, {
    name: 'deploy',
    about: aboutAct('deploy'),
    arguments: [['<commit>', 'branch, tag or commit of the repository']],
    options: [
      ['--to <stage>', 'the environment: a stage, or service/stage; the last when left out'],
      ['-t, --track <name>', 'the track it goes to; experimental when left out'],
      INSTANCES,
      REASON,
      SERVICE,
      DRY_RUN,
    ],
    examples: ['sluice deploy anna/fix --to production --track experimental --reason "does it help acme?"'],
    json: ACT_JSON,
    run: async (run, [commit = '']) => {
      mustBeAble(run, 'deploy')
      const track = run.text('track')
      const instances = run.text('instances')
      const body = {
        commit,
        ...(track === undefined ? {} : { track }),
        ...(instances === undefined ? {} : { instances: readCount(instances, '--instances', INSTANCES_MAX) }),
        reason: await reasonOf(run),
      }
      const { client, service, stage } = await choosePlace(run, run.text('to'), (one) => one.isLast)
      const wish = { client, service: service.service, act: 'deploy' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, ...body } })).exit
    },
  })
}
