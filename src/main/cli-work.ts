// What the command line does on this machine by itself, without a server.
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { stateFolder } from '../api/server-record.ts'
import { CliFailure, EXIT } from '../cli/failure.ts'
import type { CliWork } from '../cli/parts.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { createTokenStore } from '../server/tokens.ts'

/** Where the tokens of this machine's server are kept. */
export function tokensFile(state: string): string {
  return join(state, 'tokens.json')
}

export function createCliWork(env: Readonly<Record<string, string | undefined>>): CliWork {
  const tokens = createTokenStore({
    file: tokensFile(stateFolder(env)),
    clock: {
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      sleep: (ms) => sleep(ms),
    },
  })
  return {
    init: () => missing('init'),
    up: () => missing('up'),
    down: () => missing('down'),
    configCheck: () => missing('config check'),
    configExample: () => missing('config example'),
    configSchema: () => missing('config schema'),
    tokens: {
      list: () => inWords(tokens.list()),
      add: (name, readOnly) => inWords(tokens.add({ name, readOnly, by: userInfo().username })),
      revoke: (name) => inWords(tokens.revoke(name)),
    },
  }
}

async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof PortFailure)
      throw new CliFailure(EXIT.failed, error.code, error.message, { cause: error })
    throw error
  }
}

function missing(what: string): Promise<never> {
  return Promise.reject(
    new CliFailure(EXIT.failed, 'cli/not-wired', `this build of sluice has no "${what}" yet`),
  )
}
