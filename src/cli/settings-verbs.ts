// What variables and secrets have in common: taking some away, and looking at the versions.
import type { Command } from 'commander'
import type { SettingsView } from '../api/settings.ts'
import { ACT_JSON, choosePlace, DRY_RUN, mustBeAble, perform, REASON, reasonOf, SERVICE, YES } from './act.ts'
import { type Cli, define, type Run } from './define.ts'
import { usage } from './failure.ts'
import { SETTINGS_JSON } from './settings-text.ts'
import { readRelease } from './words.ts'

/** Settings that cannot wait take the lanes of `hotfix` and `emergency`, with the same words. */
export const LANES = [
  ['--hotfix', 'straight in: no window, no soak, all checks and steps; asks for a reason'],
  ['--emergency', 'straight in, with health alone looked at; asks for a reason'],
  ['--pass <ids>', 'locks to pass in either lane, each by its id, with commas between'],
  ['--onto <release>', 'upon this one, which is rolling out; that rollout is kept'],
] as const

export type SettingsWords = {
  readonly reason: string
  readonly lane?: 'hotfix' | 'emergency'
  readonly locks?: string[]
  readonly onto?: number
}

/** Why, and how fast. */
export async function settingsWords(run: Run): Promise<SettingsWords> {
  const lanes = (['hotfix', 'emergency'] as const).filter((lane) => run.has(lane))
  const [lane, second] = lanes
  if (second !== undefined) throw usage('cli/one-lane', 'either --hotfix or --emergency, not both')
  const pass = run.text('pass')
  const onto = run.text('onto')
  if (lane === undefined) {
    if (pass !== undefined || onto !== undefined)
      throw usage('cli/needs-lane', '--pass and --onto go with --hotfix or --emergency')
    return { reason: run.text('reason') ?? '' }
  }
  const locks = (pass ?? '').split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()]))
  return {
    reason: await reasonOf(run),
    lane,
    locks,
    ...(onto === undefined ? {} : { onto: readRelease(onto) }),
  }
}

export const STAGE = ['<stage>', 'stage, or service/stage'] as const

export function unsetCommand(
  cli: Cli,
  { about, example }: { readonly about: string; readonly example: string },
): Command {
  return define(cli, {
    name: 'unset',
    about,
    arguments: [STAGE, ['<names...>', 'which']],
    options: [...LANES, REASON, SERVICE, YES, DRY_RUN],
    examples: [example],
    json: ACT_JSON,
    run: async (run, [typed, ...typedNames]) => {
      mustBeAble(run, 'unset-settings')
      const names = typedNames.flatMap((name) => name ?? [])
      const words = await settingsWords(run)
      const { client, service, stage } = await choosePlace(run, typed)
      const body = { stage: stage.stage, names, ...words }
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
