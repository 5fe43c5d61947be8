// The easy outside as ports of a coordinator: everything answers at once, and every release is used by customers.
import type { CoordinatorPorts } from '../../src/coordinator/ports.ts'
import type { Environment } from '../../src/domain/names.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { FleetLook } from '../../src/ports/deployment-target.ts'
import type { Log } from '../../src/ports/log.ts'
import { createMemorySecrets } from '../../src/adapters/secret-store/memory/memory-secrets.ts'
import { instancesOf } from './easy-outside.ts'

const QUIET: Log = {
  debug: () => {},
  info: () => {},
  warn: (fields, sentence) => console.error(sentence, fields),
  error: (fields, sentence) => console.error(sentence, fields),
}
const USE = { cpuMs: 0, memoryBytes: 0, threads: 0, fds: 0, readBytes: 0, writeBytes: 0, errorLines: 0 }
const REQUESTS_PER_S = 20

/** `generationOf`: of the plan that a stage has; whoever is told another one holds its release. */
export function easyPorts(
  clock: Clock,
  generationOf: (environment: Environment) => number,
): Omit<CoordinatorPorts, 'clock' | 'eventLog' | 'ticks' | 'judge'> {
  const startedMs = clock.monotonicMs()
  const fleet: FleetLook = {
    release: 1,
    wanted: 4,
    instances: instancesOf(1, 4).map((instance) => ({
      ...instance,
      state: 'ready',
      startedAt: 0,
      restarts: 0,
      lastWords: null,
      use: USE,
    })),
  }
  const fleets = [fleet]
  return {
    log: QUIET,
    notifiers: [],
    source: {
      look: async () => ({ found: 'line', changes: [] }),
      find: () => Promise.reject(new Error('nothing is looked for in a bench')),
      pick: async () => ({ picked: 'nothing-new' }),
      heldBy: async () => undefined,
      keep: async () => {},
      watch: () => () => {},
    },
    builder: {
      start: async () => {},
      look: async () => ({ state: 'unknown' }),
      stop: async () => {},
      log: async () => ({ bytes: new Uint8Array(), total: 0 }),
    },
    tasks: {
      start: async () => {},
      look: async () => ({ state: 'unknown' }),
      stop: async () => {},
      output: async () => '',
    },
    artifacts: {
      put: async () => ({ digest: '', sizeBytes: 0 }),
      lay: async () => {},
      has: async () => true,
      retain: async () => [],
    },
    target: {
      scale: async () => {},
      look: async () => fleets,
      environments: async () => [],
      stopAll: async () => {},
      output: async () => '',
      close: async () => {},
    },
    router: {
      apply: async () => {},
      inFlight: async () => ({ requests: 0, streams: 0 }),
      cut: async () => {},
      openDoor: async () => ({ url: '', close: async () => {} }),
      current: async () => undefined,
    },
    metrics: {
      read: async (environment) => {
        const requests = Math.floor(((clock.monotonicMs() - startedMs) / 1_000) * REQUESTS_PER_S)
        const latency = [
          [40, requests - (requests >> 3)],
          [52, requests >> 3],
        ] as const
        const generation = generationOf(environment)
        return { seen: true, generation, arms: [{ release: 1, requests, errors: 0, latency }] }
      },
    },
    secrets: createMemorySecrets(),
    checker: { run: async () => ({ passed: true, message: '', output: '' }) },
  }
}
