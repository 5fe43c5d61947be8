import type { Command } from 'commander'
import { completionScript, SHELLS } from '../completion-script.ts'
import { type Cli, define } from '../define.ts'
import { usage } from '../failure.ts'
import { nearestSentence } from '../../api/nearest.ts'

export function completionCommand(cli: Cli, program: () => Command): Command {
  return define(cli, {
    name: 'completion',
    about: 'Print what makes a shell complete our commands',
    arguments: [['<shell>', 'bash, zsh or fish']],
    examples: [
      'source <(sluice completion bash)',
      'sluice completion fish > ~/.config/fish/completions/sluice.fish',
    ],
    json: '{"shell":"bash","script":"…"}',
    server: false,
    run: async (run, [typed = '']) => {
      const shell = SHELLS.find((one) => one === typed)
      if (shell === undefined)
        throw usage(
          'cli/unknown-shell',
          `there is no completion for "${typed}". ${nearestSentence(typed, SHELLS)}`,
        )
      const script = completionScript(shell, program())
      run.json({ shell, script })
      run.say(script)
    },
  })
}
