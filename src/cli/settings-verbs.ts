// What variables and secrets have in common: taking some away, and looking at the versions.
import type { Command } from 'commander'
import type { SettingsView } from '../api/settings.ts'
import { ACT_JSON, choosePlace, DRY_RUN, mustBeAble, perform, REASON, SERVICE, YES } from './act.ts'
import { type Cli, define, type Run } from './define.ts'
import { SETTINGS_JSON } from './settings-text.ts'

export const STAGE = ['<stage>', 'stage, or service/stage'] as const

export function unsetCommand(
  cli: Cli,
  { about, example }: { readonly about: string; readonly example: string },
): Command {
  return define(cli, {
    name: 'unset',
    about,
    arguments: [STAGE, ['<names...>', 'which']],
    options: [REASON, SERVICE, YES, DRY_RUN],
    examples: [example],
    json: ACT_JSON,
    run: async (run, [typed, ...typedNames]) => {
      mustBeAble(run, 'unset-settings')
      const names = typedNames.flatMap((name) => name ?? [])
      const { client, service, stage } = await choosePlace(run, typed)
      const body = { stage: stage.stage, names, reason: run.text('reason') ?? '' }
      return (await perform(run, { client, service: service.service, act: 'unset-settings', body })).exit
    },
  })
}

/** A verb that shows the settings of one stage. */
export function lookCommand(
  cli: Cli,
  verb: {
    readonly name: string
    readonly about: string
    readonly example: string
    readonly say: (run: Run, view: SettingsView) => void
  },
): Command {
  return define(cli, {
    name: verb.name,
    about: verb.about,
    arguments: [STAGE],
    options: [SERVICE],
    examples: [verb.example],
    json: SETTINGS_JSON,
    run: async (run, [typed]) => {
      const { client, service, stage } = await choosePlace(run, typed)
      verb.say(run, await client.settings(service.service, stage.stage))
    },
  })
}
