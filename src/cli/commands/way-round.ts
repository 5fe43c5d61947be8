// `hotfix` and `emergency`: what goes along is listed before anybody is asked.
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
import { type Cli, define, type Run } from '../define.ts'
import { usage } from '../failure.ts'
import { readRelease } from '../words.ts'

const TO = ['-t, --to <stage>', 'stage, or service/stage; the last one when left out'] as const
const ONTO = ['--onto <release>', 'built upon this one, which is rolling out; that rollout is kept'] as const

export function hotfixCommand(cli: Cli): Command {
  return define(cli, {
    name: 'hotfix',
    about: aboutAct('hotfix'),
    arguments: [['<changes...>', 'releases, branches or commits, in order']],
    options: [
      TO,
      ONTO,
      ['--as-is', 'a release of the line as it is, with everything it contains'],
      ['--pass <ids>', 'locks to pass, each by its id, with commas between'],
      REASON,
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice hotfix anna/fix --reason "checkout is broken"',
      'sluice hotfix \'#9\' --pass lock_7 -r "checkout is broken" --yes',
    ],
    json: ACT_JSON,
    run: async (run, args) => {
      const changes = args.filter((word) => word !== undefined)
      mustBeAble(run, 'hotfix')
      if (changes.length === 0)
        throw usage('cli/needs-change', 'which change? A release, a branch or a commit')
      const { locks, rejected } = passed(run)
      if (rejected.length > 0)
        throw usage('cli/bad-pass', 'a hotfix passes no rejection; unreject the change, or use emergency')
      const reason = await reasonOf(run)
      const { client, service, stage } = await lastPlace(run)
      const body = { stage, changes, asIs: run.has('asIs'), locks, reason, ...onto(run) }
      return (await perform(run, { client, service, act: 'hotfix', body })).exit
    },
  })
}

export function emergencyCommand(cli: Cli): Command {
  return define(cli, {
    name: 'emergency',
    about: aboutAct('emergency'),
    arguments: [['[changes...]', 'a release, or branches and commits; the newest code when left out']],
    options: [
      TO,
      ONTO,
      ['--pick', 'only the change itself, taken onto what the stage runs'],
      [
        '--pass <names>',
        'locks (by id) and rejected changes (#7) to pass, each by name, with commas between',
      ],
      REASON,
      SERVICE,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice emergency --reason "payments are down"',
      'sluice emergency \'#9\' --pass lock_7,#7 -r "payments are down" --yes',
    ],
    json: ACT_JSON,
    run: async (run, args) => {
      const changes = args.filter((word) => word !== undefined)
      mustBeAble(run, 'emergency')
      const reason = await reasonOf(run)
      const { client, service, stage } = await lastPlace(run)
      const body = {
        stage,
        changes,
        asIs: !run.has('pick'),
        ...passed(run),
        reason,
        ...onto(run),
      }
      return (await perform(run, { client, service, act: 'emergency', body })).exit
    },
  })
}

function passed(run: Run): { readonly locks: string[]; readonly rejected: number[] } {
  const names = (run.text('pass') ?? '')
    .split(',')
    .flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
  return {
    locks: names.filter((name) => !name.startsWith('#')),
    rejected: names.filter((name) => name.startsWith('#')).map(readRelease),
  }
}

function onto(run: Run): { readonly onto?: number } {
  const wanted = run.text('onto')
  return wanted === undefined ? {} : { onto: readRelease(wanted) }
}

async function lastPlace(run: Run) {
  const { client, service, stage } = await choosePlace(run, run.text('to'), (one) => one.isLast)
  return { client, service: service.service, stage: stage.stage }
}
