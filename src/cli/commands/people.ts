// What people say to a release on its way: approve, promote, send back; pause, resume and confirm a rollout.
import type { Command } from 'commander'
import type { StageView } from '../../api/board.ts'
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
import { usage } from '../failure.ts'
import { readRelease } from '../words.ts'

const STAGE = ['[stage]', 'stage, or service/stage; the only one that asks when left out'] as const

export function approveCommand(cli: Cli): Command {
  return saying(cli, 'approve', "sluice approve production '#9' --yes")
}

export function promoteCommand(cli: Cli): Command {
  return saying(cli, 'promote', 'sluice promote production --yes')
}

function saying(cli: Cli, act: 'approve' | 'promote', example: string): Command {
  return define(cli, {
    name: act,
    about: aboutAct(act),
    arguments: [STAGE, ['[release]', 'what is next when left out; everything in it is approved with it']],
    options: [SERVICE, YES, DRY_RUN],
    examples: [example],
    json: ACT_JSON,
    run: async (run, [typed, number]) => {
      mustBeAble(run, act)
      const release = number === undefined ? {} : { release: readRelease(number) }
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.approve !== null)
      const body = { stage: stage.stage, ...release }
      return (await perform(run, { client, service: service.service, act, body })).exit
    },
  })
}

export function sendBackCommand(cli: Cli): Command {
  return define(cli, {
    name: 'send-back',
    about: aboutAct('send-back'),
    arguments: [['<release>', 'the change that is sent back; it is rejected'], STAGE],
    options: [['-r, --reason <words>', 'words for its author'], SERVICE, YES, DRY_RUN],
    examples: ['sluice send-back \'#9\' production --reason "the migration has no way back"'],
    json: ACT_JSON,
    run: async (run, [number, typed]) => {
      mustBeAble(run, 'send-back')
      if (number === undefined) throw usage('cli/needs-release', 'which release?')
      const release = readRelease(number)
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.approve !== null)
      const body = { stage: stage.stage, release, reason }
      return (await perform(run, { client, service: service.service, act: 'send-back', body })).exit
    },
  })
}

const isForward = (stage: StageView): boolean => stage.rollout?.direction === 'forward'

export function pauseCommand(cli: Cli): Command {
  return define(cli, {
    name: 'pause',
    about: aboutAct('pause'),
    arguments: [STAGE],
    options: [REASON, SERVICE, DRY_RUN],
    examples: ['sluice pause production --reason "a call with a customer"'],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'pause')
      const reason = await reasonOf(run)
      const { client, service, stage } = await choosePlace(run, typed, isForward)
      const body = { stage: stage.stage, reason }
      return (await perform(run, { client, service: service.service, act: 'pause', body })).exit
    },
  })
}

export function resumeCommand(cli: Cli): Command {
  return goingOn(cli, 'resume')
}

export function confirmCommand(cli: Cli): Command {
  return goingOn(cli, 'confirm')
}

function goingOn(cli: Cli, act: 'resume' | 'confirm'): Command {
  return define(cli, {
    name: act,
    about: aboutAct(act),
    arguments: [STAGE],
    options: [SERVICE, YES, DRY_RUN],
    examples: [`sluice ${act} production --yes`],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, act)
      const { client, service, stage } = await choosePlace(run, typed, isForward)
      const body = { stage: stage.stage }
      return (await perform(run, { client, service: service.service, act, body })).exit
    },
  })
}
