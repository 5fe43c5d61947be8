import type { Command } from 'commander'
import { ACT_JSON, aboutAct, DRY_RUN, mustBeAble, perform, REASON, reasonOf, SERVICE, YES } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { usage } from '../failure.ts'
import { readRelease } from '../words.ts'

export function rejectCommand(cli: Cli): Command {
  return define(cli, {
    name: 'reject',
    about: aboutAct('reject'),
    arguments: [['<release>', 'release whose change it is about']],
    options: [REASON, SERVICE, YES, DRY_RUN],
    examples: ['sluice reject \'#7\' --reason "loses carts"'],
    json: ACT_JSON,
    run: async (run, [typed]) => {
      if (typed === undefined) throw usage('cli/needs-release', 'which release?')
      mustBeAble(run, 'reject')
      const release = readRelease(typed)
      const reason = await reasonOf(run)
      const client = await run.client()
      const { service } = chooseService(await client.board(), run.text('service'), run.parts.folder)
      return (await perform(run, { client, service, act: 'reject', body: { release, reason } })).exit
    },
  })
}
