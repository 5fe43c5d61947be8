import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { plain, sayWhen } from '../words.ts'

export function planCommand(cli: Cli): Command {
  return define(cli, {
    name: 'plan',
    about: 'Say what would happen to the next merge, in order',
    options: [SERVICE],
    examples: ['sluice plan'],
    json: '{"service":"shop","plan":[{"stage":"staging","text":"is built and enters staging at once","at":1763629260000}]}',
    run: async (run) => {
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const plan = await client.plan(service)
      run.json({ service, plan })
      for (const { stage, text, at } of plan)
        run.say(
          `${run.style.bold(stage)}: ${plain(text)}${at === null ? '' : run.style.dim(`, ${sayWhen(at, run.parts.now())}`)}`,
        )
    },
  })
}
