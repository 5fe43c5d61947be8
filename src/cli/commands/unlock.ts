import type { Command } from 'commander'
import { ACT_JSON, aboutAct, choosePlace, DRY_RUN, mustBeAble, perform, SERVICE, YES } from '../act.ts'
import { type Cli, define } from '../define.ts'
import { ALL_SERVICES, performEverywhere } from '../everywhere.ts'
import { usage } from '../failure.ts'

export function unlockCommand(cli: Cli): Command {
  return define(cli, {
    name: 'unlock',
    about: aboutAct('unlock'),
    arguments: [['[stage]', 'stage, or service/stage; the only locked one when left out']],
    options: [
      ['--lock <id>', 'which, when several stand'],
      ['--queue <which>', 'each or latest: what goes first now; what the config says when left out'],
      ['--incident-closed', 'only say that the incident is over; the lock then ends by its expiry'],
      SERVICE,
      ALL_SERVICES,
      YES,
      DRY_RUN,
    ],
    examples: [
      'sluice unlock production',
      'sluice unlock shop/production --yes',
      'sluice unlock production --all-services',
    ],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      mustBeAble(run, 'unlock')
      const lock = run.text('lock')
      const queue = run.text('queue')
      const wish = {
        incidentClosed: run.has('incidentClosed'),
        ...(lock === undefined ? {} : { lock }),
        ...(queue === undefined ? {} : { queue: readQueue(queue) }),
      }
      if (run.has('allServices'))
        return performEverywhere(run, { act: 'unlock', stage: typed, body: wish, asks: true })
      const { client, service, stage } = await choosePlace(run, typed, (one) => one.locks.length > 0)
      const body = { stage: stage.stage, ...wish }
      return (await perform(run, { client, service: service.service, act: 'unlock', body })).exit
    },
  })
}

function readQueue(word: string): 'each' | 'latest' {
  if (word === 'each' || word === 'latest') return word
  throw usage('cli/bad-choice', `--queue is each or latest, not ${JSON.stringify(word)}`)
}
