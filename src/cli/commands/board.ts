import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'

export function boardCommand(cli: Cli): Command {
  return define(cli, {
    name: 'board',
    about: 'Print the address of the board; opens nothing unless --open',
    options: [['--open', 'open it in the browser too']],
    examples: ['sluice board', 'sluice board --open'],
    json: '{"address":"http://127.0.0.1:7070"}',
    run: async (run) => {
      const client = await run.client()
      // Asked once, so that an address nobody answers at is not handed out.
      await client.me()
      run.json({ address: client.address })
      run.say(client.address)
      if (run.has('open')) await run.parts.openBrowser(client.address)
    },
  })
}
