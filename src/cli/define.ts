// One shape for every command: its options, its help with an example and the shape of --json, and how it ends.
import { Command } from 'commander'
import type { Client } from '../api/client.ts'
import { connect } from './connect.ts'
import { EXIT, type ExitCode } from './failure.ts'
import type { CliParts } from './parts.ts'
import { createStyles, type Styles } from './styles.ts'

export type Options = Readonly<Record<string, string | boolean | undefined>>

export type Run = {
  readonly parts: CliParts
  readonly options: Options
  readonly isJson: boolean
  readonly style: Styles
  client(): Promise<Client>
  /** For people; nothing when --json. */
  say(line: string): void
  /** For programs; nothing without --json. One document, or one per line with a stream. */
  json(value: unknown): void
  /** Progress and remarks, beside the result. */
  note(line: string): void
  /** The value of an option that takes one. */
  text(name: string): string | undefined
  /** Whether an option without a value was given. */
  has(name: string): boolean
}

export type CommandSpec = {
  readonly name: string
  readonly about: string
  readonly arguments?: readonly (readonly [syntax: string, about: string])[]
  readonly options?: readonly (readonly [flags: string, about: string])[]
  /** Commands a person could type. */
  readonly examples: readonly string[]
  /** An example of what --json prints. */
  readonly json: string
  /** False for what needs no server. */
  readonly server?: boolean
  readonly run: (run: Run, args: readonly (string | undefined)[]) => Promise<ExitCode | void>
}

export type Cli = { readonly parts: CliParts; exit: ExitCode; isJson: boolean }

const JSON_FLAG = ['--json', 'print JSON for programs'] as const
const SERVER_FLAGS = [
  ['--server <address>', 'the server; else SLUICE_SERVER, else the one that runs on this machine'],
  ['--token-file <file>', 'file with a token; else SLUICE_TOKEN'],
] as const

export function define(cli: Cli, spec: CommandSpec): Command {
  const command = new Command(spec.name).description(spec.about)
  for (const [syntax, about] of spec.arguments ?? []) command.argument(syntax, about)
  const flags = [...(spec.options ?? []), JSON_FLAG, ...(spec.server === false ? [] : SERVER_FLAGS)]
  for (const [flag, about] of flags) command.option(flag, about)
  command.addHelpText('after', examplesOf(spec))
  command.action(async (...given: unknown[]) => {
    // `<changes...>` is handed over as a list, and may only stand last.
    const args = command.processedArgs
      .flat()
      .map((one: unknown) => (typeof one === 'string' ? one : undefined))
    void given
    const run = createRun(cli, command.opts())
    cli.isJson = run.isJson
    cli.exit = (await spec.run(run, args)) ?? EXIT.done
  })
  return command
}

function examplesOf({ examples, json }: CommandSpec): string {
  const lines = examples.map((line) => `  $ ${line}`)
  return `\nExample${examples.length > 1 ? 's' : ''}:\n${lines.join('\n')}\n\nWith --json:\n  ${json}`
}

function createRun({ parts }: Cli, options: Options): Run {
  const isJson = options['json'] === true
  const text = (name: string) => {
    const value = options[name]
    return typeof value === 'string' ? value : undefined
  }
  let client: Promise<Client> | undefined
  return {
    parts,
    options,
    isJson,
    style: createStyles(parts.stdout, parts.env),
    client: () => {
      client ??= connect(parts, { server: text('server'), tokenFile: text('tokenFile') })
      return client
    },
    say: (line) => {
      if (!isJson) parts.stdout.write(`${line}\n`)
    },
    json: (value) => {
      if (isJson) parts.stdout.write(`${JSON.stringify(value)}\n`)
    },
    note: (line) => parts.stderr.write(`${line}\n`),
    text,
    has: (name) => options[name] === true,
  }
}
