// Runs a script in a process of its own, so that its memory and CPU are its alone.
import { spawn } from 'node:child_process'
import { FILE_THREADS, SERVER_FLAGS } from '../../src/main/node-settings.ts'

/** As an installed server runs: by the keeper's settings, and from code that is compiled once it ran before. */
export function startApart(compiled: string, script: string, args: readonly string[]) {
  return spawn(process.execPath, [...SERVER_FLAGS, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      UV_THREADPOOL_SIZE: String(FILE_THREADS),
      NODE_COMPILE_CACHE: compiled,
    },
  })
}

/** The last line that it prints is its answer, in JSON. */
export function runApart<Answer>(
  compiled: string,
  script: string,
  ...args: readonly string[]
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = startApart(compiled, script, args)
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
