// Writes docs/reference/cli.md from the commands themselves. Usage: node scripts/reference-cli.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { CliParts, Output } from '../src/cli/parts.ts'
import { createProgram } from '../src/cli/program.ts'

export const CLI_PAGE = fileURLToPath(new URL('../docs/reference/cli.md', import.meta.url))
const COLUMNS = 100

/** Parts for looking at the commands; none is run with them. */
export function referenceParts(): CliParts {
  const nowhere: Output = { write: () => undefined, isTerminal: false, columns: COLUMNS }
  const unused = () => Promise.reject(new Error('nothing is run to write its help'))
  return {
    version: '0',
    env: {},
    folder: '/',
    stdout: nowhere,
    stderr: nowhere,
    canAsk: false,
    questions: { confirm: unused, text: unused, secret: unused },
    readInput: unused,
    readFile: unused,
    now: () => 0,
    sleep: unused,
    openBrowser: unused,
    interrupted: new AbortController().signal,
    work: {
      init: unused,
      up: unused,
      uninstall: unused,
      down: unused,
      restore: unused,
      doctor: unused,
      packFolder: () => new ReadableStream(),
      copyFile: unused,
      linesOf: unused,
      configCheck: unused,
      configExplain: unused,
      configExample: unused,
      snapshot: unused,
      configSchema: unused,
      judgeFile: unused,
      tokens: { list: unused, add: unused, revoke: unused },
    },
  }
}

export function cliPage(): string {
  const program = createProgram({ parts: referenceParts(), exit: 0, isJson: false })
  const commands = program.commands.flatMap((one) =>
    isGroup(one) ? [...one.commands] : [one, ...one.commands],
  )
  return [
    '# The command line',
    '',
    'Written by `node scripts/reference-cli.ts` from the commands themselves; do not edit.',
    '',
    'Exit codes: `0` done, `1` failed, `2` refused by the rules, `64` not understood.',
    'With `--json`, what failed prints `{"error":{"code":"…","text":"…","id":null}}`; `id` is also in the server’s log.',
    '',
    '```',
    helpOf(program),
    '```',
    ...commands.flatMap((command) => ['', `## ${nameOf(command)}`, '', '```', helpOf(command), '```']),
    '',
  ].join('\n')
}

/** A command that does nothing by itself. */
function isGroup(command: Command): boolean {
  return command.commands.length > 0 && command.options.length === 0
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS })
  command.outputHelp()
  return text.trimEnd()
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(dirname(CLI_PAGE), { recursive: true })
  writeFileSync(CLI_PAGE, cliPage())
}
