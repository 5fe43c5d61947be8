// The command line as people meet it: a process of its own.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

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
