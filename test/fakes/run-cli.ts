// The command line as people meet it: a process of its own.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { readVersion } from '../../src/main/version.ts'
import { type RunningServer, type runServer, testServers } from './running-server.ts'

export const BIN = fileURLToPath(new URL('../../bin/sluice.cjs', import.meta.url))

export type CliRun = { readonly exit: number | null; readonly out: string; readonly err: string }
export type CliOptions = {
  readonly env?: Record<string, string>
  readonly folder?: string
  /** Called with each piece of standard output; may end the process. */
  readonly onOut?: (out: string, end: () => void) => void
}

/** Nothing of this process's own settings reaches it, and its state is in `SLUICE_STATE` or nowhere. */
export function runCliProcess(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: options.folder,
      env: { PATH: process.env['PATH'], SLUICE_STATE: '/nonexistent/sluice', TZ: 'UTC', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let err = ''
    child.stdout.on('data', (bytes: Buffer) => {
      out += bytes.toString()
      options.onOut?.(out, () => child.kill('SIGINT'))
    })
    child.stderr.on('data', (bytes: Buffer) => {
      err += bytes.toString()
    })
    child.once('error', reject)
    child.once('close', (exit) => resolve({ exit, out, err }))
  })
}

/** A server per test, the command line against it, and a folder for the test file. */
export function testCli() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const startOne = testServers()
  let server: RunningServer | undefined
  return {
    folder,
    start: async (more: Parameters<typeof runServer>[0] = {}): Promise<RunningServer> => {
      server = await startOne({ version: readVersion(), ...more })
      return server
    },
    sluice: (args: readonly string[], options: CliOptions = {}) =>
      runCliProcess(args, { ...options, env: { SLUICE_SERVER: server?.url ?? '', ...options.env } }),
  }
}
