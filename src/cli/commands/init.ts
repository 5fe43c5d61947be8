import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'

export function initCommand(cli: Cli): Command {
  return define(cli, {
    name: 'init',
    about: 'Look at a repository and propose a configuration for it',
    arguments: [['[folder]', 'folder of the repository; this one when left out']],
    options: [
      ['--dry-run', 'print the proposal and write nothing'],
      ['--force', 'write over a configuration that is there'],
    ],
    examples: ['sluice init', 'sluice init --dry-run'],
    json: '{"file":"/srv/shop/sluice.config.ts","written":true,"config":"…","notes":["…"]}',
    server: false,
    run: async (run, [typed]) => {
      const folder = resolve(run.parts.folder, typed ?? '.')
      const request = { folder, dryRun: run.has('dryRun'), force: run.has('force') }
      const proposal = await run.parts.work.init(request)
      run.json(proposal)
      if (!proposal.written) run.say(proposal.config.trimEnd())
      for (const note of proposal.notes) if (!run.isJson) run.note(note)
      if (proposal.written) run.say(`Wrote ${proposal.file}. Look it over, then: sluice up`)
    },
  })
}
