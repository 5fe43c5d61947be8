// All commands, and how one of them ends: its exit code, and words that say what to do.
import { Command, CommanderError } from 'commander'
import { ApiProblem, Unreachable } from '../api/client.ts'
import { readServerRecord, stateFolder } from '../api/server-record.ts'
import { startRefusal } from '../api/start-refusal.ts'
import { abortCommand } from './commands/abort.ts'
import { acceptCommand } from './commands/accept.ts'
import { addCommand } from './commands/add.ts'
import { artifactCommand } from './commands/artifact.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand } from './commands/backup.ts'
import { boardCommand } from './commands/board.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { doctorCommand } from './commands/doctor.ts'
import { deployCommand } from './commands/deploy.ts'
import { downCommand } from './commands/down.ts'
import { initCommand } from './commands/init.ts'
import { judgeCommand } from './commands/judge.ts'
import { lockCommand } from './commands/lock.ts'
import { logsCommand } from './commands/logs.ts'
import { lookupCommand } from './commands/lookup.ts'
import { metricsCommand } from './commands/metrics.ts'
import { pinCommand } from './commands/pin.ts'
import { backlogCommand } from './commands/backlog.ts'
import { planCommand } from './commands/plan.ts'
import { rejectCommand } from './commands/reject.ts'
import { restoreCommand } from './commands/restore.ts'
import { revertCommand } from './commands/revert.ts'
import { retryCommand } from './commands/retry.ts'
import { rollbackCommand } from './commands/rollback.ts'
import { routeCommand } from './commands/route.ts'
import { secretCommand } from './commands/secret.ts'
import { skipBakeCommand } from './commands/skip-bake.ts'
import { stageCommand } from './commands/stage.ts'
import { statusCommand } from './commands/status.ts'
import { tokenCommand } from './commands/token.ts'
import { trackCommand } from './commands/track.ts'
import { unlockCommand } from './commands/unlock.ts'
import { unpinCommand } from './commands/unpin.ts'
import {
  approveCommand,
  confirmCommand,
  pauseCommand,
  promoteCommand,
  resumeCommand,
  sendBackCommand,
} from './commands/people.ts'
import { emergencyCommand, hotfixCommand } from './commands/way-round.ts'
import { unrejectCommand } from './commands/unreject.ts'
import { upCommand } from './commands/up.ts'
import { varsCommand } from './commands/vars.ts'
import { whyCommand } from './commands/why.ts'
import type { Cli } from './define.ts'
import { refusedWords } from './connect.ts'
import { CliFailure, EXIT, type ExitCode } from './failure.ts'
import type { CliParts } from './parts.ts'

export function createProgram(cli: Cli): Command {
  const { parts } = cli
  const program: Command = new Command('sluice')
    .description(
      'Takes every merged change from commit to customers, watching each step, and turns a bad one back.',
    )
    .version(parts.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    // A command with verbs of its own leaves them their options.
    .enablePositionalOptions()
  const groups: readonly (readonly [string, readonly Command[]])[] = [
    ['Start:', [initCommand(cli), upCommand(cli), downCommand(cli), addCommand(cli)]],
    [
      'Look:',
      [
        statusCommand(cli),
        boardCommand(cli),
        whyCommand(cli),
        planCommand(cli),
        backlogCommand(cli),
        logsCommand(cli),
        auditCommand(cli),
      ],
    ],
    [
      'Act:',
      [
        lockCommand(cli),
        unlockCommand(cli),
        rollbackCommand(cli),
        abortCommand(cli),
        skipBakeCommand(cli),
        approveCommand(cli),
        promoteCommand(cli),
        sendBackCommand(cli),
        pauseCommand(cli),
        resumeCommand(cli),
        confirmCommand(cli),
        hotfixCommand(cli),
        emergencyCommand(cli),
        acceptCommand(cli),
        rejectCommand(cli),
        unrejectCommand(cli),
        revertCommand(cli),
        retryCommand(cli),
        pinCommand(cli),
        unpinCommand(cli),
        varsCommand(cli),
        secretCommand(cli),
        stageCommand(cli),
      ],
    ],
    ['Care:', [doctorCommand(cli), backupCommand(cli), restoreCommand(cli)]],
    [
      'Many versions:',
      [
        trackCommand(cli),
        routeCommand(cli),
        lookupCommand(cli),
        deployCommand(cli),
        artifactCommand(cli),
        metricsCommand(cli),
      ],
    ],
    [
      'Set up:',
      [configCommand(cli), judgeCommand(cli), tokenCommand(cli), completionCommand(cli, () => program)],
    ],
  ]
  for (const [group, commands] of groups)
    for (const command of commands) program.addCommand(command.helpGroup(group))
  program.addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 refused by the rules, 64 not understood.\nEvery command has --json and --help with an example.',
  )
  for (const command of allOf(program)) {
    command.exitOverride()
    command.configureOutput({
      writeOut: (text) => parts.stdout.write(text),
      writeErr: (text) => parts.stderr.write(text),
      getOutHelpWidth: () => parts.stdout.columns,
      getErrHelpWidth: () => parts.stderr.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    if (command.commands.length === 0) command.showHelpAfterError(`(see: ${pathOf(command)} --help)`)
  }
  return program
}

/** Runs one command line; the number is for the shell. */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<ExitCode> {
  const cli: Cli = { parts, exit: EXIT.done, isJson: argv.includes('--json') }
  const program = createProgram(cli)
  if (argv.length === 0) {
    program.outputHelp({ error: true })
    return EXIT.usage
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return cli.exit
  } catch (error) {
    return await end(cli, error)
  }
}

async function end(cli: Cli, error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  const failure = await asCliFailure(error, cli.parts)
  const { code, message: text, id } = failure
  if (cli.isJson) cli.parts.stdout.write(`${JSON.stringify({ error: { code, text, id } })}\n`)
  else cli.parts.stderr.write(`${sentence(text)}${id === null ? '' : ` [${id}]`}\n`)
  return failure.exit
}

async function asCliFailure(error: unknown, { env }: CliParts): Promise<CliFailure> {
  if (error instanceof CliFailure) return error
  if (error instanceof ApiProblem) {
    const { status, problem } = error
    const exit =
      status === 400 || status === 404
        ? EXIT.usage
        : status === 403 || status === 409
          ? EXIT.refused
          : EXIT.failed
    return new CliFailure(exit, problem.code, problem.text, { id: problem.id, cause: error })
  }
  if (error instanceof Unreachable) {
    const refusal = await refusalAt(error.address, env)
    if (refusal !== null)
      return new CliFailure(EXIT.failed, 'cli/start-refused', refusedWords(refusal), { cause: error })
    return new CliFailure(
      EXIT.failed,
      'cli/unreachable',
      `${error.message}.\nIs it running? Start it with: sluice up`,
      { cause: error },
    )
  }
  throw error
}

/** Only the server that this machine's record names has its log here. */
async function refusalAt(address: string, env: CliParts['env']): Promise<string | null> {
  const state = stateFolder(env)
  return (await readServerRecord(state))?.address === address ? startRefusal(state) : null
}

function sentence(text: string): string {
  // An address stays as it can be typed.
  return /^[a-z]+:\/\//.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

function* allOf(command: Command): Iterable<Command> {
  yield command
  for (const sub of command.commands) yield* allOf(sub)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
