import { Command } from 'commander'
import { type Cli, define } from '../define.ts'
import { EXIT, usage } from '../failure.ts'

export function judgeCommand(cli: Cli): Command {
  return new Command('judge')
    .description('The judge: try it on what you recorded')
    .addCommand(runCommand(cli))
}

function runCommand(cli: Cli): Command {
  return define(cli, {
    name: 'run',
    about: 'Judge a recorded stream of counts: JSON lines of time, arm, instance, requests, errors, latency',
    arguments: [
      [
        '<file>',
        'one {"at":1000,"arm":"candidate","instance":"a","requests":10,"errors":0,"latency":[[12,10]],"errorLines":0} a line, in order of time; "at" in milliseconds',
      ],
    ],
    options: [['--explain', 'say of every metric what was seen, what was expected and how sure that is']],
    examples: ['sluice judge run incident.jsonl --explain'],
    json: '{"verdict":"against","what":"…","againstAtMs":93000,"isShownSafe":false,"ticks":93,"leftOut":{"late":0,"twice":0},"evidence":412,"limit":200,"explained":["…"]}',
    server: false,
    run: async (run, [file]) => {
      const found = await run.parts.work.judgeFile({ folder: run.parts.folder, file: file ?? '' })
      if ('problem' in found) throw usage('cli/unreadable-stream', found.problem)
      const { judged } = found
      run.json(judged)
      if (judged.verdict === 'against')
        run.say(`against it, at ${judged.againstAtMs ?? 0} ms: ${judged.what ?? ''}`)
      else if (judged.verdict === 'hold') run.say(`held: ${judged.what ?? ''}`)
      else
        run.say(
          judged.isShownSafe
            ? 'nothing speaks against it, and it is shown not to be worse by what matters'
            : 'nothing speaks against it; that it is not worse is not shown either',
        )
      if (run.has('explain')) for (const sentence of judged.explained) run.say(`  ${sentence}`)
      const { late, twice } = judged.leftOut
      if (late + twice > 0) run.note(`left out: ${late} lines that came late, ${twice} that came twice`)
      return judged.verdict === 'none' ? EXIT.done : EXIT.failed
    },
  })
}
