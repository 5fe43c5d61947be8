import { Command } from 'commander'
import { ACT_JSON, choosePlace, DRY_RUN, mustBeAble, perform, REASON, SERVICE, YES } from '../act.ts'
import { type Cli, define, type Run } from '../define.ts'
import { CliFailure, EXIT, usage } from '../failure.ts'
import { sayHistory, saySettings } from '../settings-text.ts'
import { LANES, lookCommand, settingsWords, STAGE, unsetCommand } from '../settings-verbs.ts'

export function secretCommand(cli: Cli): Command {
  return new Command('secret')
    .description('Secrets of a stage: given to its instances as variables, and never shown again')
    .addCommand(setCommand(cli))
    .addCommand(
      unsetCommand(cli, {
        about: 'Take secrets away from a stage; not those that its release needs',
        example: 'sluice secret unset production OLD_TOKEN',
      }),
    )
    .addCommand(
      lookCommand(cli, {
        name: 'list',
        about: 'Show which secrets there are; never a value',
        example: 'sluice secret list production',
        say: (run, view) =>
          saySettings(run, { ...view, settings: view.settings.filter(({ kind }) => kind === 'secret') }),
      }),
    )
    .addCommand(
      lookCommand(cli, {
        name: 'history',
        about: 'Show when each secret was set, by whom, and what was rolled back',
        example: 'sluice secret history production',
        say: (run, view) =>
          sayHistory(run, { ...view, history: view.history.filter(({ changed }) => changed.some(isSecret)) }),
      }),
    )
}

function setCommand(cli: Cli): Command {
  return define(cli, {
    name: 'set',
    about: 'Set a secret of a stage; its value is asked for, or read from a file or from what is piped in',
    arguments: [STAGE, ['<name>', 'name of the variable']],
    options: [
      ['--file <file>', 'file with the value; one line break at its end is left out'],
      ...LANES,
      REASON,
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice secret set production DATABASE_URL',
      'openssl rand -hex 32 | sluice secret set staging SESSION_KEY --yes',
    ],
    json: ACT_JSON,
    run: async (run, [typed, name = '']) => {
      // A value on the command line would be in the shell's history and in the list of processes.
      if (name.includes('='))
        throw usage('cli/secret-in-words', 'a secret is not typed on the command line; only name it')
      mustBeAble(run, 'set-secret')
      const words = await settingsWords(run)
      const { client, service, stage } = await choosePlace(run, typed)
      const value = await valueOf(run, name)
      const body = { stage: stage.stage, name, value, ...words }
      return (await perform(run, { client, service: service.service, act: 'set-secret', body })).exit
    },
  })
}

async function valueOf(run: Run, name: string): Promise<string> {
  const file = run.text('file')
  const said =
    file !== undefined
      ? await run.parts.readFile(file)
      : run.parts.canAsk && !run.isJson
        ? await run.parts.questions.secret(`Value of ${name}?`)
        : await run.parts.readInput()
  if (said === null) throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
  const value = said.replace(/\r?\n$/, '')
  if (value === '')
    throw usage(
      'cli/needs-value',
      `pipe the value of ${name} in, or name a file with --file; it may not be empty`,
    )
  return value
}

function isSecret({ kind }: { readonly kind: string }): boolean {
  return kind !== 'plain'
}
