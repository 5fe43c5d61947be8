import { Command } from 'commander'
import type { Replay } from '../../api/wire.ts'
import { releaseName } from '../../api/release-name.ts'
import { SERVICE } from '../act.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define } from '../define.ts'
import { EXIT, usage } from '../failure.ts'
import { plain, readRelease } from '../words.ts'

export function judgeCommand(cli: Cli): Command {
  return new Command('judge')
    .description('The judge: ask it again, or try it on what you recorded')
    .addCommand(runCommand(cli))
    .addCommand(replayCommand(cli))
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

function replayCommand(cli: Cli): Command {
  return define(cli, {
    name: 'replay',
    about:
      'Judge a release again from the recorded ticks: every verdict on it, and every bake and watch it came through',
    arguments: [['<release>', 'its number']],
    options: [
      SERVICE,
      ['--explain', 'say of every metric what was seen, what was expected and how sure that is'],
    ],
    examples: ['sluice judge replay 12 --explain', "sluice judge replay '#12' --service shop --json"],
    json: '{"service":"shop","release":12,"replays":[{"stage":"production","tick":812,"at":1763631600000,"recorded":{"verdict":"against","what":"…"},"replayed":{"verdict":"against","what":"…"},"isSame":true,"evidence":[{"about":"rollout","evidence":412,"limit":200,"explained":["…"]}]}]}',
    run: async (run, [typed]) => {
      const client = await run.client()
      const view = chooseService(await client.board(), run.text('service'), run.parts.folder)
      const release = readRelease(typed ?? '')
      const replays = await client.replay(view.service, release)
      run.json({ service: view.service, release, replays })
      if (replays.length === 0) run.say(`${releaseName(release)} was never judged to an end`)
      for (const one of replays) {
        run.say(`${one.stage}: ${plain(inWords(one))}`)
        if (run.has('explain'))
          for (const { about, explained } of one.evidence)
            for (const sentence of explained) run.say(`  ${about}: ${plain(sentence)}`)
      }
      return replays.every(({ isSame }) => isSame) ? EXIT.done : EXIT.failed
    },
  })
}

function inWords({ recorded, replayed, isSame, tick }: Replay[number]): string {
  const said = recorded.verdict === 'against' ? `against it: ${recorded.what ?? ''}` : 'nothing against it'
  if (replayed === null)
    return `${said}; the ticks up to ${tick} are kept no more, so it cannot be judged again`
  if (isSame) return `${said}; judged again from ${tick} ticks, it is the same to the bit`
  const again = replayed.verdict === 'against' ? `against it: ${replayed.what ?? ''}` : 'nothing against it'
  return `${said}; judged again it is not the same: ${again}`
}
