import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Command } from 'commander'
import type { Pushed } from '../../api/traffic.ts'
import { SERVICE, YES } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { CliFailure, EXIT, type ExitCode, usage } from '../failure.ts'
import { checkKey, readPair } from '../route-words.ts'
import { plain } from '../words.ts'

export function lookupCommand(cli: Cli): Command {
  return new Command('lookup')
    .description('Tables that rules look up: customer to plan, project to region, a million rows')
    .addCommand(pushCommand(cli))
    .addCommand(setCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(removeCommand(cli))
}

function pushCommand(cli: Cli): Command {
  return define(cli, {
    name: 'push',
    about:
      'Put a whole table in force, from a CSV file whose first line names the columns, the key first; all of it or nothing',
    arguments: [
      ['<table>', 'such as customers'],
      ['<file>', 'CSV'],
    ],
    options: [
      [
        '--key <where>',
        'where the key is found in a request: customer (usual), user, header:NAME, cookie:NAME, query:NAME, host',
      ],
      SERVICE,
    ],
    examples: ['sluice lookup push customers customers.csv --key header:x-customer'],
    json: '{"done":true,"refusal":null,"table":{"table":"customers","generation":1763629200000,"key":{"from":"header","name":"x-customer"},"columns":["plan"],"rows":1000000}}',
    run: async (run, [table = '', file = '']) => {
      const key = run.text('key')
      const where = key === undefined ? null : checkKey(key)
      const path = file.startsWith('/') ? file : join(run.parts.folder, file)
      const isFile = await stat(path).then(
        (found) => found.isFile(),
        () => false,
      )
      if (!isFile) throw usage('cli/no-file', `there is no file ${file}; check the path`)
      const { client, service } = await whose(run)
      return tell(run, await client.pushLookup(service, table, where, Readable.toWeb(createReadStream(path))))
    },
  })
}

function setCommand(cli: Cli): Command {
  return define(cli, {
    name: 'set',
    about: 'Change one row of a table, or take it out with --delete; the rest stays',
    arguments: [
      ['<table>', 'such as customers'],
      ['<key>', 'whose row'],
    ],
    options: [
      ['--values <pairs>', 'such as plan=paying, several with commas'],
      ['--delete', 'take the row out'],
      SERVICE,
    ],
    examples: [
      'sluice lookup set customers acme --values plan=paying',
      'sluice lookup set customers acme --delete',
    ],
    json: '{"done":true,"refusal":null,"table":{"table":"customers","rows":1000000,…}}',
    run: async (run, [table = '', key = '']) => {
      const values = run.text('values')
      if ((values === undefined) !== run.has('delete'))
        throw usage('cli/needs-values', 'give --values plan=paying, or --delete')
      const cells = Object.fromEntries(values?.split(',').map((text) => readPair(text)) ?? [])
      const changes = run.has('delete') ? { remove: [key] } : { set: { [key]: cells } }
      const { client, service } = await whose(run)
      return tell(run, await client.changeLookup(service, table, changes))
    },
  })
}

function showCommand(cli: Cli): Command {
  return define(cli, {
    name: 'show',
    about: 'List the tables, or show one row of one',
    arguments: [
      ['[table]', 'all of them when left out'],
      ['[key]', 'whose row'],
    ],
    options: [SERVICE],
    examples: ['sluice lookup show', 'sluice lookup show customers acme'],
    json: '[{"table":"customers","generation":1763629200000,"columns":["plan"],"rows":1000000,…}] or {"key":"acme","cells":{"plan":"paying"}}',
    run: async (run, [table, key]) => {
      const { client, service } = await whose(run)
      if (table !== undefined && key !== undefined) {
        const entry = await client.lookupRow(service, table, key)
        run.json(entry)
        if (entry.cells === null) run.say(`${plain(key)} has no row in ${table}`)
        for (const [column, cell] of Object.entries(entry.cells ?? {})) run.say(`${column}  ${plain(cell)}`)
        return
      }
      const tables = (await client.lookups(service)).filter(
        (one) => table === undefined || one.table === table,
      )
      run.json(tables)
      if (tables.length === 0)
        run.say('There is no such table; push one with: sluice lookup push <table> <file>')
      for (const one of tables)
        run.say(
          `${one.table}  ${one.rows} rows by ${one.key.from}${'name' in one.key ? ` ${one.key.name}` : ''}: ${one.columns.join(', ')}`,
        )
    },
  })
}

function removeCommand(cli: Cli): Command {
  return define(cli, {
    name: 'remove',
    about: 'Take a table away; rules that ask it fit nobody then',
    arguments: [['<table>', 'which']],
    options: [SERVICE, YES],
    examples: ['sluice lookup remove customers --yes'],
    json: '{"table":"customers","removed":true}',
    run: async (run, [table = '']) => {
      if (!run.has('yes') && (!run.parts.canAsk || run.isJson))
        throw usage(
          'cli/needs-yes',
          '"lookup remove" asks before it acts, and nobody can be asked here; add --yes',
        )
      const { client, service } = await whose(run)
      if (!run.has('yes') && !(await run.parts.questions.confirm(`Take the table ${table} away?`)))
        throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
      await client.removeLookup(service, table)
      run.json({ table, removed: true })
      run.say(`The table ${table} is gone.`)
    },
  })
}

async function whose(run: Run) {
  const client = await run.client()
  const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
  return { client, service }
}

function tell(run: Run, pushed: Pushed): ExitCode {
  run.json(pushed)
  if (pushed.refusal !== null) {
    if (!run.isJson) run.note(`Refused: ${plain(pushed.refusal.text)} (${pushed.refusal.code})`)
    return EXIT.refused
  }
  const { table } = pushed
  if (table) run.say(`${table.table} is in force: ${table.rows} rows of ${table.columns.join(', ')}`)
  return EXIT.done
}
