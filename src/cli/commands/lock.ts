import type { Command } from 'commander'
import { ACT_JSON, aboutAct, choosePlace, DRY_RUN, mustBeAble, perform, REASON, SERVICE } from '../act.ts'
import { type Cli, define } from '../define.ts'
import { ALL_SERVICES, performEverywhere } from '../everywhere.ts'
import { usage } from '../failure.ts'
import { readDuration, readRelease } from '../words.ts'

export function lockCommand(cli: Cli): Command {
  return define(cli, {
    name: 'lock',
    about: aboutAct('lock'),
    arguments: [['[stage]', 'stage, or service/stage']],
    options: [
      REASON,
      ['-f, --for <duration>', 'until it ends by itself, such as 4h (the default)'],
      ['--incident <link>', 'link or name of an incident; the lock stays while it is open'],
      ['--all-tracks', 'nobody is moved between tracks either'],
      ['--hard', 'no hotfix passes it, not even by name; an emergency does'],
      ['--suspect <release>', 'release that is suspected: it is rejected when the lock ends'],
      SERVICE,
      ALL_SERVICES,
      DRY_RUN,
    ],
    examples: [
      'sluice lock production --reason "errors in checkout" --for 4h',
      'sluice lock production --all-services --reason "the network is ill"',
    ],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'lock')
      const length = run.text('for')
      const suspect = run.text('suspect')
      const reason = run.text('reason')
      const incident = run.text('incident')
      const body = {
        ...(reason === undefined ? {} : { reason }),
        ...(length === undefined ? {} : { forMs: readDuration(length) }),
        ...(incident === undefined ? {} : { incident }),
        ...(run.has('allTracks') ? { allTracks: true } : {}),
        ...(run.has('hard') ? { hard: true } : {}),
      }
      if (run.has('allServices')) {
        if (suspect !== undefined)
          throw usage(
            'cli/one-or-all',
            'a number means another change in every service; lock that service to suspect one',
          )
        return performEverywhere(run, { act: 'lock', stage: typed, body, asks: false })
      }
      const { client, service, stage } = await choosePlace(run, typed)
      const wish = { client, service: service.service, act: 'lock' as const }
      // The button at 3 a.m. suspects the newest; whoever has time to type says whom they suspect.
      const suspected = suspect === undefined || suspect === 'none' ? null : readRelease(suspect)
      return (await perform(run, { ...wish, body: { stage: stage.stage, ...body, suspect: suspected } })).exit
    },
  })
}
