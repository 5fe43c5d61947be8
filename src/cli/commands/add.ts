import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'
import { EXIT } from '../failure.ts'
import { plain } from '../words.ts'

export function addCommand(cli: Cli): Command {
  return define(cli, {
    name: 'add',
    about: 'Join a repository to the running server, or apply its changed configuration',
    arguments: [['[folder]', 'folder of the repository; this one when left out']],
    examples: ['sluice add', 'sluice add ../blog'],
    json: '{"services":["blog"],"problems":[]}',
    run: async (run, [typed]) => {
      const client = await run.client()
      const folder = resolve(run.parts.folder, typed ?? '.')
      const added = await client.addRepository(folder)
      run.json(added)
      for (const problem of added.problems) if (!run.isJson) run.note(plain(problem))
      if (added.services.length === 0) {
        if (!run.isJson) run.note(`Nothing was added from ${folder}.`)
        return EXIT.failed
      }
      run.say(`The server knows ${added.services.join(', ')}. See: sluice status`)
      return EXIT.done
    },
  })
}
