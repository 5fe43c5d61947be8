// Runs a script in a process of its own, so that its memory and CPU are its alone.
import { spawn } from 'node:child_process'

/** The last line that it prints is its answer, in JSON. */
export function runApart<Answer>(script: string, ...args: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
    })
    child.once('error', reject)
    child.once('close', (code) => {
      const last = said.trimEnd().split('\n').at(-1) ?? ''
      if (code === 0) resolve(JSON.parse(last) as Answer)
      else reject(new Error(`${script} ended with ${code}: ${said}`))
    })
  })
}
