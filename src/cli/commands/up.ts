import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'

export function upCommand(cli: Cli): Command {
  return define(cli, {
    name: 'up',
    about: 'Start the server, the router and what keeps them running, and stay until they are ready',
    arguments: [['[folder]', 'repository to serve; this one when left out']],
    options: [
      ['--install', 'let systemd start it, by a unit of this user, so that a reboot brings it back'],
      ['--uninstall', 'take that unit away again; what runs goes on'],
    ],
    examples: ['sluice up', 'sluice up --install'],
    json: '{"address":"http://127.0.0.1:7070","alreadyRan":false,"services":["shop"],"notes":[]}',
    server: false,
    run: async (run, [typed]) => {
      if (run.has('uninstall')) {
        const notes = await run.parts.work.uninstall()
        run.json({ notes })
        for (const note of notes) run.say(note)
        return
      }
      const ready = await run.parts.work.up({
        folder: resolve(run.parts.folder, typed ?? '.'),
        install: run.has('install'),
        say: (sentence) => run.note(sentence),
        signal: run.parts.interrupted,
      })
      run.json(ready)
      for (const note of ready.notes) if (!run.isJson) run.note(note)
      const what = ready.services.length === 0 ? '' : ` It serves ${ready.services.join(', ')}.`
      run.say(`${ready.alreadyRan ? 'Sluice runs already' : 'Sluice is ready'}.${what}`)
      run.say(`Board: ${ready.address}`)
    },
  })
}
