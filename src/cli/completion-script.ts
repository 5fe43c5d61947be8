// Completion of commands and options, drawn from the commands themselves.
import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

type Node = {
  readonly path: string
  readonly words: readonly { readonly word: string; readonly about: string }[]
}

export function completionScript(shell: Shell, program: Command): string {
  const nodes = nodesOf(program, '')
  switch (shell) {
    case 'bash':
      return bash(nodes)
    case 'zsh':
      return `#compdef sluice\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`
    case 'fish':
      return fish(nodes)
  }
}

function nodesOf(command: Command, path: string): Node[] {
  const subs = command.commands.map((sub) => ({ word: sub.name(), about: sub.description() }))
  const options = command.options.flatMap((option) =>
    option.long === undefined || option.long === null
      ? []
      : [{ word: option.long, about: option.description }],
  )
  const rest = command.commands.flatMap((sub) => nodesOf(sub, `${path} ${sub.name()}`.trim()))
  return [{ path, words: [...subs, ...options] }, ...rest]
}

/** Words up to the cursor that are no options name the command; what it takes is offered. */
function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(
    ({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`,
  )
  return `_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${nodes
  .filter(({ path }) => path !== '')
  .map(({ path }) => `      '${path.includes(' ') ? path : ` ${path}`}') path='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _sluice sluice`
}

function fish(nodes: readonly Node[]): string {
  const quote = (text: string) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`
  const lines = nodes.flatMap(({ path, words }) => {
    const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
    const subs = words.filter(({ word }) => !word.startsWith('-')).map(({ word }) => word)
    const none = subs.length === 0 ? [] : [`not __fish_seen_subcommand_from ${subs.join(' ')}`]
    const when = path === '' ? '__fish_use_subcommand' : [...seen, ...none].join('; and ')
    return words.map(({ word, about }) =>
      word.startsWith('--')
        ? `complete -c sluice -n ${quote(when)} -l ${word.slice(2)} -d ${quote(about)}`
        : `complete -c sluice -f -n ${quote(when)} -a ${word} -d ${quote(about)}`,
    )
  })
  return lines.join('\n')
}
