// A real server on a real port over the small program, with a log that remembers.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach } from 'vitest'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/log.ts'
import { type ApiServer, createServer, type ServerParts } from '../../src/server/create-server.ts'
import { createTokenStore, type TokenStore } from '../../src/server/tokens.ts'
import { type MemoryControl, memoryControl } from './memory-control.ts'

export const realClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
}

export type LogLine = {
  readonly level: string
  readonly sentence: string
  readonly fields: Record<string, unknown>
}

export function rememberingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: string) => (fields: Record<string, unknown>, sentence: string) =>
    void lines.push({ level, sentence, fields })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export type RunningServer = {
  readonly server: ApiServer
  readonly url: string
  readonly control: MemoryControl
  readonly tokens: TokenStore
  readonly lines: LogLine[]
  readonly folder: string
  close(): Promise<void>
}

export async function runServer(
  more: Partial<ServerParts> & { readonly control?: MemoryControl; readonly clock?: Clock } = {},
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-surface-'))
  const control = more.control ?? memoryControl()
  const log = rememberingLog()
  const clock = more.clock ?? realClock
  const tokens = more.tokens ?? createTokenStore({ file: join(folder, 'tokens.json'), clock })
  try {
    const server = await createServer({
      webRoot: null,
      listen: { host: '127.0.0.1', port: 0 },
      user: 'operator',
      version: '0.0.0-test',
      clock,
      ids: { next: (prefix) => `${prefix}_${randomBytes(4).toString('hex')}` },
      log,
      ...more,
      control,
      tokens,
    })
    return {
      server,
      url: server.address,
      control,
      tokens,
      lines: log.lines,
      folder,
      close: async () => {
        await server.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Servers of one test file; each ends after its test. */
export function testServers(): (more?: Parameters<typeof runServer>[0]) => Promise<RunningServer> {
  const running: RunningServer[] = []
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close()
  })
  return async (more = {}) => {
    const one = await runServer(more)
    running.push(one)
    return one
  }
}
