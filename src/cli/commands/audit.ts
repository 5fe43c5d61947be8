import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import { auditExportCommand, auditVerifyCommand } from './audit-files.ts'
import { type Cli, define } from '../define.ts'
import { chooseService } from '../choose.ts'
import { layOut } from '../table.ts'
import { plain, readCount, readRelease, sayTime } from '../words.ts'

export function auditCommand(cli: Cli): Command {
  const command = define(cli, {
    name: 'audit',
    about: 'Show who did what, newest first; of all services unless --service',
    options: [
      SERVICE,
      ['--release <release>', 'only what speaks of this release'],
      ['-n, --limit <count>', 'how many rows, 30 when left out, at most 1000'],
      ['--before <position>', 'only older ones, for the next page'],
    ],
    examples: ['sluice audit', 'sluice audit --service shop -n 100', "sluice audit --release '#12'"],
    json: '[{"position":41,"at":1763629200000,"by":{"kind":"person","name":"anna"},"service":"shop","stage":"production","release":null,"type":"lock-set","text":"…","data":{}}]',
    run: async (run) => {
      const client = await run.client()
      const named = run.text('service')
      const before = run.text('before')
      const typed = run.text('release')
      const release = typed === undefined ? {} : { release: readRelease(typed) }
      // A number is one of a service.
      const service =
        named === undefined && typed === undefined
          ? {}
          : { service: chooseService(await client.board(), named, run.parts.folder).service }
      const rows = await client.audit({
        ...service,
        ...release,
        ...(before === undefined ? {} : { before: readCount(before, '--before', 999_999_999) }),
        limit: readCount(run.text('limit') ?? '30', '--limit', 1_000),
      })
      run.json(rows)
      const cells = rows.map((row) => [
        { text: sayTime(row.at, run.parts.now()), style: run.style.dim },
        { text: plain(row.by.kind === 'person' ? row.by.name : row.by.rule) },
        { text: row.stage === null ? row.service : `${row.service}/${row.stage}`, style: run.style.dim },
        { text: plain(row.text) },
      ])
      const columns = [
        { title: 'WHEN', least: 5 },
        { title: 'WHO', least: 8 },
        { title: 'WHERE', least: 8 },
        { title: 'WHAT', least: 20 },
      ]
      if (rows.length === 0) run.say('Nothing happened yet.')
      else
        for (const line of layOut(columns, cells, run.parts.stdout.columns, run.style.dim).lines)
          run.say(line)
    },
  })
  // What follows a verb of its own is that verb's.
  return command
    .enablePositionalOptions()
    .addCommand(auditExportCommand(cli))
    .addCommand(auditVerifyCommand(cli))
}
