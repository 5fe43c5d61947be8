import type { Command } from 'commander'
import { YES } from '../act.ts'
import { type Cli, define } from '../define.ts'
import { CliFailure, EXIT, usage } from '../failure.ts'

export function downCommand(cli: Cli): Command {
  return define(cli, {
    name: 'down',
    about: 'Stop the server and the router; instances go on unless --everything',
    options: [['--everything', 'stop all instances too'], YES],
    examples: ['sluice down', 'sluice down --everything --yes'],
    json: '{"stopped":true,"notes":[]}',
    server: false,
    run: async (run) => {
      if (!run.has('yes')) {
        if (!run.parts.canAsk || run.isJson)
          throw usage('cli/needs-yes', '"down" asks before it stops what serves people; add --yes')
        const what = run.has('everything')
          ? 'Stop the server, the router and all instances'
          : 'Stop the server and the router'
        if (!(await run.parts.questions.confirm(`${what}? Nobody is served until "sluice up".`)))
          throw new CliFailure(EXIT.failed, 'cli/not-confirmed', 'nothing was stopped')
      }
      const answer = await run.parts.work.down({
        everything: run.has('everything'),
        say: (sentence) => run.note(sentence),
      })
      run.json(answer)
      for (const note of answer.notes) if (!run.isJson) run.note(note)
      run.say(answer.stopped ? 'Stopped.' : 'Nothing ran.')
    },
  })
}
