import { Command } from 'commander'
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
import { readPercent } from '../route-words.ts'
import { tracksText } from '../traffic-text.ts'
import { nearestSentence } from '../../api/nearest.ts'
import { usage } from '../failure.ts'
import { plain, readCount, readRelease, sayTime } from '../words.ts'

export const ENVIRONMENT = [
  '-e, --env <stage>',
  'the environment: a stage, or service/stage; the last when left out',
] as const
export const INSTANCES = ['-n, --instances <count>', 'how many run; as many as before, or one'] as const
export const INSTANCES_MAX = 1_000

export function trackCommand(cli: Cli): Command {
  return new Command('track')
    .description('Names that lead to releases beside stable: beta, experimental, any other')
    .addCommand(setCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(historyCommand(cli))
    .addCommand(undoCommand(cli))
    .addCommand(followCommand(cli))
    .addCommand(removeCommand(cli))
}

/** The environment that was named, else the last of the pipeline. */
export async function placeOf(run: Run) {
  return choosePlace(run, run.text('env'), (stage) => stage.isLast)
}

function setCommand(cli: Cli): Command {
  return define(cli, {
    name: 'set',
    about: aboutAct('set-track'),
    arguments: [
      ['<track>', 'such as beta; never stable'],
      ['<release>', 'any that is built'],
    ],
    options: [
      ENVIRONMENT,
      ['-p, --percent <share>', 'share of the track; the rest stays where it is'],
      INSTANCES,
      REASON,
      SERVICE,
      DRY_RUN,
    ],
    examples: [
      'sluice track set beta 12 --reason "try the new cart"',
      'sluice track set experimental 14 --percent 20 -r "half a canary"',
    ],
    json: ACT_JSON,
    run: async (run, [track = '', release = '']) => {
      mustBeAble(run, 'set-track')
      const percent = run.text('percent')
      const instances = run.text('instances')
      const body = {
        track,
        release: readRelease(release),
        ...(percent === undefined ? {} : { percent: readPercent(percent) }),
        ...(instances === undefined ? {} : { instances: readCount(instances, '--instances', INSTANCES_MAX) }),
        reason: await reasonOf(run),
      }
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'set-track' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, ...body } })).exit
    },
  })
}

function listCommand(cli: Cli): Command {
  return define(cli, {
    name: 'list',
    about: 'List tracks, what each leads to, and what each live version costs',
    options: [ENVIRONMENT, SERVICE],
    examples: ['sluice track list', 'sluice track list --env staging'],
    json: '{"service":"shop","stage":"production","tracks":[{"track":"beta","release":12,"serves":[…],…}],"versions":[…],…}',
    run: async (run) => {
      const { client, service, stage } = await placeOf(run)
      const view = await client.routes(service.service, stage.stage)
      run.json(view)
      for (const line of tracksText(view, run.style, run.parts.now())) run.say(line)
    },
  })
}

function historyCommand(cli: Cli): Command {
  return define(cli, {
    name: 'history',
    about: 'Show what a track led to before, newest first',
    arguments: [['<track>', 'whose']],
    options: [ENVIRONMENT, SERVICE],
    examples: ['sluice track history beta'],
    json: '[{"release":12,"name":"#12","at":1763629200000,"by":"anna","reason":"try the new cart"}]',
    run: async (run, [name = '']) => {
      const { client, service, stage } = await placeOf(run)
      const { tracks } = await client.routes(service.service, stage.stage)
      const track = tracks.find((one) => one.track === name)
      if (!track)
        throw unknownTrack(
          name,
          tracks.map((one) => one.track),
        )
      const now = {
        release: track.release,
        name: track.name,
        at: track.since,
        by: track.by,
        reason: track.reason,
      }
      const rows = [now, ...track.history]
      run.json(rows)
      for (const row of rows)
        run.say(
          `${row.name ?? 'nothing'}  ${row.at === null ? '' : sayTime(row.at, run.parts.now())}  ${plain(`${row.by ?? ''}: ${row.reason ?? ''}`)}`,
        )
    },
  })
}

function undoCommand(cli: Cli): Command {
  return define(cli, {
    name: 'undo',
    about: aboutAct('undo-track'),
    arguments: [['<track>', 'which']],
    options: [ENVIRONMENT, REASON, SERVICE, DRY_RUN],
    examples: ['sluice track undo beta --reason "totals are wrong"'],
    json: ACT_JSON,
    run: async (run, [track = '']) => {
      mustBeAble(run, 'undo-track')
      const reason = await reasonOf(run)
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'undo-track' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, track, reason } })).exit
    },
  })
}

function followCommand(cli: Cli): Command {
  return define(cli, {
    name: 'follow',
    about: aboutAct('follow-track'),
    arguments: [
      ['<track>', 'which'],
      ['<stage>', 'whose newest passed release it follows, or nothing'],
    ],
    options: [ENVIRONMENT, SERVICE, DRY_RUN],
    examples: ['sluice track follow next staging', 'sluice track follow next nothing'],
    json: ACT_JSON,
    run: async (run, [track = '', passed = '']) => {
      mustBeAble(run, 'follow-track')
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'follow-track' as const }
      const body = { stage: stage.stage, track, passed: passed === 'nothing' ? null : passed }
      return (await perform(run, { ...wish, body })).exit
    },
  })
}

function removeCommand(cli: Cli): Command {
  return define(cli, {
    name: 'remove',
    about: aboutAct('remove-track'),
    arguments: [['<track>', 'which']],
    options: [ENVIRONMENT, REASON, SERVICE, YES, DRY_RUN],
    examples: ['sluice track remove beta --reason "all of it is in stable"'],
    json: ACT_JSON,
    run: async (run, [track = '']) => {
      mustBeAble(run, 'remove-track')
      const reason = await reasonOf(run)
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'remove-track' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, track, reason } })).exit
    },
  })
}

function unknownTrack(name: string, names: readonly string[]): Error {
  return usage('cli/unknown-track', `there is no track "${name}". ${nearestSentence(name, names)}`)
}
