// A story of `scripts/` as people play it, in a process of its own whose folders for a time lie in the test's.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export type Played = { readonly code: number | null; readonly text: string }

export function playStory(
  { script, folder }: { readonly script: string; readonly folder: string },
  args: readonly string[],
  onText?: (text: string, end: () => void) => void,
): Promise<Played> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env['PATH'], TMPDIR: folder, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let text = ''
    const hear = (bytes: Buffer): void => {
      text += bytes.toString('utf8')
      onText?.(text, () => child.kill('SIGINT'))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** Processes that were started with something of the test's folder in their command or environment. */
export function leftovers(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        return command.includes(folder) || environment.includes(folder) ? [`${pid} ${command}`] : []
      } catch {
        // It ended meanwhile, or is not ours to look at.
        return []
      }
    })
}
