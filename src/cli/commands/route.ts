import { Command } from 'commander'
import { ACT_JSON, aboutAct, DRY_RUN, mustBeAble, perform, REASON, reasonOf, SERVICE } from '../act.ts'
import { type Cli, define, type Run } from '../define.ts'
import { usage } from '../failure.ts'
import { readCondition, readPair, readPercent, readTarget, type Condition } from '../route-words.ts'
import { routesText } from '../traffic-text.ts'
import { plain, readDuration } from '../words.ts'
import { ENVIRONMENT, placeOf } from './track.ts'

const CUSTOMER = ['--customer <name>', 'one customer, or several with commas'] as const
const USER = ['--user <name>', 'one user, or several with commas'] as const

export function routeCommand(cli: Cli): Command {
  return new Command('route')
    .description(
      'Rules that lead customers, plans, hosts or anybody else to a track or release; the first that fits wins',
    )
    .addCommand(addCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(editCommand(cli))
    .addCommand(removeCommand(cli))
    .addCommand(explainCommand(cli))
}

function addCommand(cli: Cli): Command {
  return define(cli, {
    name: 'add',
    about: aboutAct('add-route'),
    options: [
      ['--to <target>', 'a track such as beta, or a release such as 12'],
      CUSTOMER,
      USER,
      [
        '--when <condition>',
        'such as header:x-plan=free, path^=/docs or lookup:customers.plan=free; several with " and "',
      ],
      ['-p, --percent <share>', 'share of those who fit; who is in at 10 is in at 20'],
      ['-f, --for <duration>', 'until it ends by itself, such as 2h; a rule for one person must end'],
      ['--before <route>', 'asked before this one; last when left out'],
      ENVIRONMENT,
      REASON,
      SERVICE,
      DRY_RUN,
    ],
    examples: [
      'sluice route add --customer acme --to beta --for 2h --reason "they see the bug"',
      'sluice route add --when lookup:customers.plan=free --to 23 --reason "free plan first"',
    ],
    json: ACT_JSON,
    run: async (run) => {
      mustBeAble(run, 'add-route')
      const to = run.text('to')
      if (to === undefined)
        throw usage('cli/needs-target', 'say where it leads with --to: a track, or a release')
      const length = run.text('for')
      const before = run.text('before')
      const percent = run.text('percent')
      const body = {
        when: conditionsOf(run),
        to: readTarget(to),
        forMs: length === undefined ? null : readDuration(length),
        ...(percent === undefined ? {} : { percent: readPercent(percent) }),
        ...(before === undefined ? {} : { before }),
        reason: await reasonOf(run),
      }
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'add-route' as const }
      const { exit, outcome } = await perform(run, { ...wish, body: { stage: stage.stage, ...body } })
      if (outcome !== null && !run.isJson) await warn(run)
      return exit
    },
  })
}

/** What is odd about the rules now, said beside the result. */
async function warn(run: Run): Promise<void> {
  const { client, service, stage } = await placeOf(run)
  const { warnings } = await client.routes(service.service, stage.stage)
  for (const { text } of warnings) run.note(`Mind: ${plain(text)}.`)
}

function conditionsOf(run: Run): Condition[] {
  const named = (['customer', 'user'] as const).flatMap((from): Condition[] => {
    const value = run.text(from)
    return value === undefined ? [] : [readCondition(`${from}=${value}`)]
  })
  const when =
    run
      .text('when')
      ?.split(' and ')
      .map((text) => readCondition(text.trim())) ?? []
  const all = [...named, ...when]
  if (all.length > 0 || run.text('percent') !== undefined) return all
  throw usage(
    'cli/needs-condition',
    'say who is meant with --customer, --user, --when or --percent; everybody would be --percent 100',
  )
}

function listCommand(cli: Cli): Command {
  return define(cli, {
    name: 'list',
    about: 'List the rules in the order in which they are asked, and what is odd about them',
    options: [ENVIRONMENT, SERVICE],
    examples: ['sluice route list'],
    json: '{"service":"shop","stage":"production","routes":[{"id":"r1","text":"customer is \\"acme\\": beta",…}],"warnings":[…],…}',
    run: async (run) => {
      const { client, service, stage } = await placeOf(run)
      const view = await client.routes(service.service, stage.stage)
      run.json(view)
      for (const line of routesText(view, run.style, run.parts.now())) run.say(line)
    },
  })
}

function editCommand(cli: Cli): Command {
  return define(cli, {
    name: 'edit',
    about: aboutAct('edit-route'),
    arguments: [['<route>', 'such as r3']],
    options: [
      ['--to <target>', 'another track or release'],
      ['-p, --percent <share>', 'another share; growing it moves nobody who was in'],
      ['-f, --for <duration>', 'from now on so long'],
      ENVIRONMENT,
      REASON,
      SERVICE,
      DRY_RUN,
    ],
    examples: ['sluice route edit r3 --percent 20', 'sluice route edit r1 --for 1d'],
    json: ACT_JSON,
    run: async (run, [route = '']) => {
      mustBeAble(run, 'edit-route')
      const to = run.text('to')
      const percent = run.text('percent')
      const length = run.text('for')
      const reason = run.text('reason')
      const body = {
        route,
        ...(to === undefined ? {} : { to: readTarget(to) }),
        ...(percent === undefined ? {} : { percent: readPercent(percent) }),
        ...(length === undefined ? {} : { forMs: readDuration(length) }),
        ...(reason === undefined ? {} : { reason }),
      }
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'edit-route' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, ...body } })).exit
    },
  })
}

function removeCommand(cli: Cli): Command {
  return define(cli, {
    name: 'remove',
    about: aboutAct('remove-route'),
    arguments: [['<route>', 'such as r3']],
    options: [ENVIRONMENT, REASON, SERVICE, DRY_RUN],
    examples: ['sluice route remove r3 --reason "the bug is fixed"'],
    json: ACT_JSON,
    run: async (run, [route = '']) => {
      mustBeAble(run, 'remove-route')
      const reason = await reasonOf(run)
      const { client, service, stage } = await placeOf(run)
      const wish = { client, service: service.service, act: 'remove-route' as const }
      return (await perform(run, { ...wish, body: { stage: stage.stage, route, reason } })).exit
    },
  })
}

function explainCommand(cli: Cli): Command {
  return define(cli, {
    name: 'explain',
    about: 'Say which rule a request would get and why, and why not the others',
    options: [
      ['--customer <name>', 'whose request'],
      ['--user <name>', 'whose request'],
      ['--header <name=value>', 'a header it carries; several with " and "'],
      ['--cookie <name=value>', 'a cookie it carries; several with " and "'],
      ['--query <name=value>', 'a parameter it carries; several with " and "'],
      ['--host <name>', 'which host it asks'],
      ['--path <path>', 'which path it asks'],
      ENVIRONMENT,
      SERVICE,
    ],
    examples: [
      'sluice route explain --customer acme',
      'sluice route explain --header x-plan=free --path /docs',
    ],
    json: '{"track":"beta","release":12,"name":"#12","why":"the rule r1 won; all of it is #12","rules":[{"id":"r1","text":"…","wins":true,"why":"…"}]}',
    run: async (run) => {
      const one = (name: string) => {
        const value = run.text(name)
        return value === undefined ? {} : { [name]: value }
      }
      const asked = {
        ...one('customer'),
        ...one('user'),
        ...one('host'),
        ...one('path'),
        headers: pairsOf(run, 'header'),
        cookies: pairsOf(run, 'cookie'),
        query: pairsOf(run, 'query'),
      }
      const { client, service, stage } = await placeOf(run)
      const told = await client.explainRoute(service.service, stage.stage, asked)
      run.json(told)
      for (const { id, text, wins, why } of told.rules)
        run.say(`${wins ? run.style.good('→') : ' '} ${id}  ${plain(text)}  ${run.style.dim(plain(why))}`)
      run.say(`${told.name ?? 'nobody'} by ${told.track ?? 'the rule itself'}: ${plain(told.why)}`)
    },
  })
}

function pairsOf(run: Run, option: string): Record<string, string> {
  return Object.fromEntries(
    run
      .text(option)
      ?.split(' and ')
      .map((text) => readPair(text.trim())) ?? [],
  )
}
