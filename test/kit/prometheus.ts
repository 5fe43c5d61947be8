// A real Prometheus that scrapes targets of a test four times a second, and is gone with the test.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'

/** Whether the program is there. Where it must be, a test that needs it fails and says so. */
export function hasPrometheus(): boolean {
  const isThere = spawnSync('prometheus', ['--version']).status === 0
  if (!isThere && process.env['CI'] === 'true')
    throw new Error('prometheus is missing: apt-get install prometheus')
  return isThere
}

export type PrometheusTarget = {
  readonly port: number
  readonly labels: Readonly<Record<string, string>>
}

export type RunningPrometheus = {
  readonly url: string
  /** Scrapes these from now on. */
  scrape(targets: readonly PrometheusTarget[]): void
  stop(): Promise<void>
}

export async function startPrometheus(
  targets: readonly PrometheusTarget[],
  /** `files`: where others write targets of their own, as a pattern. */
  options: { readonly port?: number; readonly files?: string } = {},
): Promise<RunningPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const scrape = (now: readonly PrometheusTarget[]): void =>
    writeFileSync(
      join(folder, 'targets.json'),
      JSON.stringify(now.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels }))),
    )
  scrape(targets)
  const files = ['targets.json', ...(options.files === undefined ? [] : [options.files])]
  writeFileSync(join(folder, 'prometheus.yml'), configOf(files))
  const port = options.port ?? (await freePort())
  const child = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { cwd: folder, stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let isOver = false
  const stop = async (): Promise<void> => {
    if (isOver) return
    isOver = true
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  onTestFinished(stop)
  const url = `http://127.0.0.1:${port}`
  await until(
    'prometheus is ready',
    async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true,
    30_000,
  )
  return { url, scrape, stop }
}

function configOf(files: readonly string[]): string {
  return JSON.stringify({
    global: { scrape_interval: '250ms', scrape_timeout: '250ms' },
    scrape_configs: [{ job_name: 'test', file_sd_configs: [{ files, refresh_interval: '1s' }] }],
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}
