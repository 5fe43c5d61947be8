import type { Command } from 'commander'
import { YES } from '../act.ts'
import { type Cli, define } from '../define.ts'
import { CliFailure, EXIT, usage } from '../failure.ts'
import { readCount } from '../words.ts'

export function restoreCommand(cli: Cli): Command {
  return define(cli, {
    name: 'restore',
    about: 'Put a backup back, while no server runs; what is there now is moved aside',
    arguments: [['<file>', 'the backup']],
    options: [['--until <event>', 'only up to this position of the audit log'], YES],
    examples: [
      'sluice restore ~/.local/state/sluice/store/backups/backup-2026-11-20T090000Z-412.sqlite',
      'sluice restore /mnt/safe/sluice.sqlite --until 398 --yes',
    ],
    json: '{"events":398,"lastPosition":398,"before":"/…/before-restore-…/events.sqlite","files":["secrets/secrets.json"],"missingArtifacts":[],"notes":[]}',
    server: false,
    run: async (run, [file]) => {
      if (file === undefined)
        throw usage('cli/needs-file', 'which backup? "sluice backup --list" shows those there are')
      const until = run.text('until')
      const position = until === undefined ? null : readCount(until, '--until', Number.MAX_SAFE_INTEGER)
      if (!run.has('yes')) {
        if (!run.parts.canAsk || run.isJson)
          throw usage('cli/needs-yes', '"restore" asks before it replaces the store; add --yes')
        const what = position === null ? '' : `, up to event ${position}`
        if (!(await run.parts.questions.confirm(`Replace the store with ${file}${what}?`)))
          throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was changed')
      }
      const restored = await run.parts.work.restore({ file, until: position })
      run.json(restored)
      run.say(`The store holds ${restored.events} events, the last is ${restored.lastPosition}.`)
      if (!run.isJson) for (const note of restored.notes) run.note(note)
    },
  })
}
