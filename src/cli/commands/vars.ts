import { Command } from 'commander'
import { ACT_JSON, choosePlace, DRY_RUN, mustBeAble, perform, REASON, SERVICE, YES } from '../act.ts'
import { type Cli, define } from '../define.ts'
import { usage } from '../failure.ts'
import { sayHistory, saySettings } from '../settings-text.ts'
import { LANES, lookCommand, settingsWords, STAGE, unsetCommand } from '../settings-verbs.ts'

export function varsCommand(cli: Cli): Command {
  return new Command('vars')
    .description('Variables of a stage, with versions: a changed one rolls out like a release')
    .addCommand(setCommand(cli))
    .addCommand(
      unsetCommand(cli, {
        about: 'Take variables away from a stage; not those that its release needs',
        example: 'sluice vars unset production GREETING',
      }),
    )
    .addCommand(
      lookCommand(cli, {
        name: 'list',
        about: 'Show the variables in force, and which secrets there are',
        example: 'sluice vars list production',
        say: saySettings,
      }),
    )
    .addCommand(
      lookCommand(cli, {
        name: 'history',
        about: 'Show every version that is kept: who changed what, and what was rolled back',
        example: 'sluice vars history production',
        say: sayHistory,
      }),
    )
}

function setCommand(cli: Cli): Command {
  return define(cli, {
    name: 'set',
    about: 'Set variables of a stage',
    arguments: [STAGE, ['<variables...>', 'NAME=VALUE, one or more; they roll out together']],
    options: [...LANES, REASON, SERVICE, YES, DRY_RUN],
    examples: [
      'sluice vars set production GREETING=hello',
      'sluice vars set staging A=1 B=2 -r "new limits" --yes',
      'sluice vars set production LIMIT=5 --hotfix --pass lock_7 -r "customers wait"',
    ],
    json: ACT_JSON,
    run: async (run, [typed, ...pairs]) => {
      mustBeAble(run, 'set-vars')
      const vars = Object.fromEntries(pairs.map((pair) => readPair(pair ?? '')))
      const words = await settingsWords(run)
      const { client, service, stage } = await choosePlace(run, typed)
      const body = { stage: stage.stage, vars, ...words }
      return (await perform(run, { client, service: service.service, act: 'set-vars', body })).exit
    },
  })
}

function readPair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  if (at < 1) throw usage('cli/bad-variable', `${JSON.stringify(pair)} is not a variable; write NAME=VALUE`)
  return [pair.slice(0, at), pair.slice(at + 1)]
}
