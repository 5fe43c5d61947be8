// The command line as a process: the real terminal, the real clock, the exit code.
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { confirm, isCancel, password, text } from '@clack/prompts'
import { CliFailure, EXIT } from '../cli/failure.ts'
import type { CliParts, Output } from '../cli/parts.ts'
import { runCli } from '../cli/program.ts'
import { createCliWork } from './cli-work.ts'
import { readVersion } from './version.ts'

const INTERRUPT_MS_MAX = 1_000
const EXIT_INTERRUPTED = 130

const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
  // What follows the signal ends by itself and counts as done; anything else is cut short.
  setTimeout(() => process.exit(EXIT_INTERRUPTED), INTERRUPT_MS_MAX).unref()
})
// `sluice audit | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const parts: CliParts = {
  version: readVersion(),
  env: process.env,
  folder: process.cwd(),
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
  questions: {
    confirm: async (question) => {
      const answer = await confirm({ message: question, initialValue: false, output: process.stderr })
      return !isCancel(answer) && answer
    },
    text: async (question) => {
      const answer = await text({ message: question, output: process.stderr })
      return isCancel(answer) ? null : answer
    },
    secret: async (question) => {
      const answer = await password({ message: question, output: process.stderr })
      return isCancel(answer) ? null : answer
    },
  },
  readInput: () => (process.stdin.isTTY === true ? Promise.resolve('') : textOf(process.stdin)),
  readFile: readNamedFile,
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  openBrowser,
  interrupted: interrupted.signal,
  work: createCliWork(process.env),
}

process.exitCode = await runCli(process.argv.slice(2), parts)

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (words) => void stream.write(words),
    isTerminal: stream.isTTY === true,
    get columns() {
      // A terminal without a size says 0; then, as for a pipe, COLUMNS may know.
      const told = [stream.columns, Number(process.env['COLUMNS'])]
      return told.find((columns) => Number.isInteger(columns) && columns > 0) ?? 80
    },
  }
}

async function readNamedFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new CliFailure(EXIT.usage, 'cli/file-unreadable', `${file} cannot be read: ${said}`, {
      cause: error,
    })
  }
}

function openBrowser(address: string): Promise<void> {
  const program =
    process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open'
  return new Promise((resolve, reject) => {
    const child = spawn(program, [address], { stdio: 'ignore', detached: true })
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
    child.once('error', (error) =>
      reject(
        new CliFailure(
          EXIT.failed,
          'cli/no-browser',
          `no browser could be opened with ${program}; open ${address} yourself`,
          {
            cause: error,
          },
        ),
      ),
    )
  })
}
