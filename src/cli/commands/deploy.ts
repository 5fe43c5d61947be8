import { realpathSync } from 'node:fs'
import type { Command } from 'commander'
import type { ServiceView } from '../../api/board.ts'
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
import { type Cli, define, type Run } from '../define.ts'
import { usage } from '../failure.ts'
import { readCount } from '../words.ts'
import { INSTANCES, INSTANCES_MAX } from './track.ts'

export function deployCommand(cli: Cli): Command {
  return define(cli, {
    name: 'deploy',
    about: aboutAct('deploy'),
    arguments: [['<commit>', 'branch, tag or commit of the repository; . is this folder as it lies here']],
    options: [
      ['--to <stage>', 'the environment: a stage, or service/stage; the last when left out'],
      ['-t, --track <name>', 'the track it goes to; experimental when left out'],
      INSTANCES,
      REASON,
      SERVICE,
      DRY_RUN,
    ],
    examples: [
      'sluice deploy . --reason "does it help acme?"',
      'sluice deploy anna/fix --to production --track experimental --reason "does it help acme?"',
    ],
    json: ACT_JSON,
    run: async (run, [commit = '']) => {
      mustBeAble(run, 'deploy')
      const track = run.text('track')
      const instances = run.text('instances')
      const body = {
        ...(track === undefined ? {} : { track }),
        ...(instances === undefined ? {} : { instances: readCount(instances, '--instances', INSTANCES_MAX) }),
        reason: await reasonOf(run),
      }
      const { client, service, stage } = await choosePlace(run, run.text('to'), (one) => one.isLast)
      const wish = { client, service: service.service, act: 'deploy' as const }
      const what = commit === '.' ? await folderAsCommit(run, service) : { commit }
      return (await perform(run, { ...wish, body: { stage: stage.stage, ...what, ...body } })).exit
    },
  })
}

/** Only where the server reads this very repository: what is not pushed is nowhere else. */
async function folderAsCommit(
  run: Run,
  service: ServiceView,
): Promise<{ readonly commit: string; readonly label: string }> {
  const { top, sha, label } = await run.parts.work.snapshot({ folder: run.parts.folder })
  if (isSameFolder(top, service.git)) return { commit: sha, label }
  throw usage(
    'cli/other-repository',
    `${service.service} is read from ${service.git}, and this folder belongs to ${top}; push a branch there and deploy that`,
  )
}

function isSameFolder(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    // A URL, or a folder of another machine.
    return false
  }
}
