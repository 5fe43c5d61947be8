// What the command line does on this machine by itself, without a server.
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { stateFolder } from '../api/server-record.ts'
import { CliFailure, EXIT } from '../cli/failure.ts'
import type { CliWork } from '../cli/parts.ts'
import { readExample } from '../config/example.ts'
import { configJsonSchema } from '../config/json-schema.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { createTokenStore } from '../server/tokens.ts'
import { doctor } from './doctor/doctor.ts'
import { configCheck } from './local/config-check.ts'
import { configExplain } from './local/config-explain.ts'
import { down } from './local/down.ts'
import { init } from './local/init.ts'
import { copyWhole, linesOf } from './local/files.ts'
import { packFolder } from './local/pack-folder.ts'
import { restore } from './local/restore.ts'
import { uninstall } from './local/install.ts'
import { judgeFile } from './local/judge-file.ts'
import { snapshot } from './local/snapshot.ts'
import { up } from './local/up.ts'

/** Where the tokens of this machine's server are kept. */
export function tokensFile(state: string): string {
  return join(state, 'tokens.json')
}

export function createCliWork(env: Readonly<Record<string, string | undefined>>): CliWork {
  const state = stateFolder(env)
  const tokens = createTokenStore({
    file: tokensFile(state),
    clock: {
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      sleep: (ms) => sleep(ms),
    },
  })
  return {
    init: (request) => inWords(init(state, request)),
    up: (request) => inWords(up(env, state, request)),
    uninstall: () => inWords(uninstall(env, state)),
    down: (request) => inWords(down(state, request)),
    restore: (request) => inWords(restore(state, request)),
    doctor: ({ folder }) => inWords(doctor({ state, folder, env, now: Date.now() })),
    copyFile: copyWhole,
    linesOf,
    configCheck: (request) => inWords(configCheck(state, request)),
    configExplain,
    snapshot,
    packFolder,
    configExample: readExample,
    configSchema: () => Promise.resolve(configJsonSchema()),
    judgeFile,
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
