import type { Command } from 'commander'
import { type Cli, define } from '../define.ts'
import { EXIT } from '../failure.ts'
import { plain } from '../words.ts'

const MARKS = { fine: 'ok  ', warn: 'look', bad: 'BAD ' } as const

export function doctorCommand(cli: Cli): Command {
  return define(cli, {
    name: 'doctor',
    about: 'Look at everything that must be well on this machine, and say what to do about what is not',
    examples: ['sluice doctor', 'sluice doctor --json'],
    json: '[{"check":"backups","state":"warn","text":"there is none","advice":"sluice backup makes one now; …"}]',
    server: false,
    run: async (run) => {
      const findings = await run.parts.work.doctor({ folder: run.parts.folder })
      run.json(findings)
      for (const { check, state, text, advice } of findings) {
        const style = state === 'fine' ? run.style.dim : run.style.bad
        run.say(`${style(MARKS[state])} ${run.style.bold(check)}: ${plain(text)}`)
        if (advice !== null) run.say(`     ${plain(advice)}`)
      }
      return findings.some(({ state }) => state === 'bad') ? EXIT.failed : EXIT.done
    },
  })
}
