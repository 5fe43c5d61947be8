import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'
import { sayBytes, sayTime } from '../words.ts'

export function backupCommand(cli: Cli): Command {
  return define(cli, {
    name: 'backup',
    about: 'Make a backup of a running server, and read it through; or list those there are',
    arguments: [['[file]', 'also copy it there, on the machine of the server']],
    options: [['--list', 'only show which there are, newest first']],
    examples: ['sluice backup', 'sluice backup /mnt/safe/sluice.sqlite', 'sluice backup --list'],
    json: '{"file":"/…/backup-2026-11-20T090000Z-412.sqlite","at":1763629200000,"position":412,"bytes":524288,"copy":null}',
    run: async (run, [copy]) => {
      const client = await run.client()
      if (run.has('list')) {
        const rows = await client.backups()
        run.json(rows)
        if (rows.length === 0) run.say('There is none yet.')
        for (const row of rows)
          run.say(
            `${row.file}${run.style.dim(`  ${sayTime(row.at, run.parts.now())}, ${sayBytes(row.bytes)}`)}`,
          )
        return
      }
      const made = await client.backup()
      if (copy !== undefined) await run.parts.work.copyFile(made.file, copy)
      run.json({ ...made, copy: copy ?? null })
      run.say(`${copy ?? made.file} holds everything up to event ${made.position}, and was read through.`)
      if (!run.isJson)
        run.note(
          'The key of the secrets and the artifacts are not in it. Put it back with: sluice down, then sluice restore FILE',
        )
    },
  })
}
