// Release commands of the world: slow ones, failing ones, answers that get lost, and a machine that stops under them.
import { createScriptedTasks } from '../../src/adapters/task-runner/scripted/scripted-tasks.ts'
import type { TaskRequest, TaskRunner } from '../../src/ports/task-runner.ts'
import type { Faults } from '../faults.ts'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { trouble } from './aborted.ts'

export interface WorldTasks {
  of(process: Process): TaskRunner
  reboot(): void
}

export function createWorldTasks(parts: {
  readonly clock: VirtualClock
  readonly faults: Faults
  readonly random: Random
  /** Called with every command that really begins, and those that run in its environment at that moment. */
  readonly started: (key: string, request: TaskRequest, beside: readonly string[]) => void
}): WorldTasks {
  const { clock, faults, random } = parts
  const begun = new Map<string, TaskRequest>()
  const lost = new Set<string>()
  const scripted = createScriptedTasks({
    clock: {
      now: clock.wallMs,
      monotonicMs: clock.monotonicMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    },
    scriptOf: () => ({
      takesMs: faults.hits('task-slow')
        ? faults.spanMs('task-slow', 60_000, 1_200_000)
        : random.int(200, 20_000),
      code: faults.hits('task-fails') ? 1 : 0,
    }),
  })
  const runningIn = async ({ environment }: TaskRequest): Promise<readonly string[]> => {
    const looks = await Promise.all(
      [...begun]
        .filter(([, other]) => other.environment.stage === environment.stage)
        .map(async ([key]) => ((await scripted.look(key)).state === 'running' ? [key] : [])),
    )
    return looks.flat()
  }
  return {
    of: (process) => ({
      start: (key, request, call) =>
        process.call('tasks.start', async () => {
          if (faults.hits('task-refuses')) throw trouble('no room for it', 'tasks/trouble')
          const isNew = !begun.has(key)
          const beside = isNew ? await runningIn(request) : []
          await scripted.start(key, request, call)
          if (isNew) {
            begun.set(key, request)
            parts.started(key, request, beside)
          }
          if (faults.hits('task-lost-answer')) throw trouble('no answer', 'tasks/no-answer')
        }),
      look: (key) =>
        process.call('tasks.look', async () => {
          if (lost.has(key)) return { state: 'lost', words: '' }
          const look = await scripted.look(key)
          if (look.state !== 'running' || !faults.hits('task-end-lost')) return look
          // It is over, and nobody wrote down how it ended.
          await scripted.stop(key)
          lost.add(key)
          return { state: 'lost', words: '' }
        }),
      stop: (key) => process.call('tasks.stop', () => scripted.stop(key)),
      output: async () => '',
    }),
    reboot: scripted.reboot,
  }
}
