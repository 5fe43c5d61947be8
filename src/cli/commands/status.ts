import type { Command } from 'commander'
import { SERVICE } from '../act.ts'
import type { Board } from '../../api/board.ts'
import { chooseService } from '../choose.ts'
import { type Cli, define, type Run } from '../define.ts'
import { followBoard } from '../follow-board.ts'
import { statusText } from '../status-text.ts'
import { sayTime } from '../words.ts'

const HOME_AND_CLEAR = '\u001b[H\u001b[J'

export function statusCommand(cli: Cli): Command {
  return define(cli, {
    name: 'status',
    about: 'Show every stage: what it runs, what it does now, what waits and why',
    options: [['-w, --watch', 'stay and show each change (one JSON document a line with --json)'], SERVICE],
    examples: ['sluice status', 'sluice status --service shop --watch'],
    json: '{"at":1763629200000,"position":40,"version":"0.1.0","services":[{"service":"shop","stages":[{"stage":"production","live":{"release":11,…},"waiting":[…],…}],…}]}',
    run: async (run) => {
      const client = await run.client()
      if (run.has('watch')) return watch(run)
      show(run, only(run, await client.board()))
    },
  })
}

function only(run: Run, board: Board): Board {
  const named = run.text('service')
  return named === undefined ? board : { ...board, services: [chooseService(board, named, run.parts.folder)] }
}

function show(run: Run, board: Board): void {
  run.json(board)
  const { stdout } = run.parts
  for (const line of statusText(board, { width: stdout.columns, style: run.style, now: run.parts.now() }))
    run.say(line)
}

async function watch(run: Run): Promise<void> {
  const { parts } = run
  let first = true
  for await (const sight of followBoard(parts, await run.client(), parts.interrupted)) {
    if (sight.isStale) {
      run.note(`${sayTime(parts.now(), parts.now())} the server does not answer; trying again (${sight.why})`)
      continue
    }
    if (parts.stdout.isTerminal)
      run.say(
        `${HOME_AND_CLEAR}${run.style.dim(`as of ${sayTime(sight.board.at, parts.now())}; Ctrl-C ends`)}`,
      )
    else if (!first) run.say('')
    first = false
    show(run, only(run, sight.board))
  }
}
