// Release commands that exist only in memory: how long each takes and how it ends is a script. They outlive whoever
// asks, as real ones do.
import { environmentKey } from '../../../domain/names.ts'
import type { Clock } from '../../../ports/clock.ts'
import { staleFence } from '../../../ports/port-failure.ts'
import type { TaskLook, TaskRequest, TaskRunner } from '../../../ports/task-runner.ts'

export type TaskScript = { readonly takesMs: number; readonly code: number | null; readonly words?: string }

export type ScriptedTasks = TaskRunner & {
  /** The machine stopped: what ran is lost. */
  reboot(): void
  /** How often each key was really started. */
  readonly starts: ReadonlyMap<string, number>
}

type Run = {
  readonly request: TaskRequest
  readonly beganMs: number
  readonly script: TaskScript
  end?: TaskLook
}

export function createScriptedTasks(options: {
  readonly clock: Clock
  readonly scriptOf: (key: string, request: TaskRequest) => TaskScript
}): ScriptedTasks {
  const { clock, scriptOf } = options
  const runs = new Map<string, Run>()
  const fences = new Map<string, number>()
  const starts = new Map<string, number>()

  const look = (key: string): TaskLook => {
    const run = runs.get(key)
    if (run === undefined) return { state: 'unknown' }
    if (run.end) return run.end
    const forMs = clock.monotonicMs() - run.beganMs
    const { takesMs, code, words = '' } = run.script
    return forMs < takesMs ? { state: 'running', forMs } : { state: 'ended', code, words }
  }
  const endAll = (keys: Iterable<string>, end: TaskLook): void => {
    for (const key of keys) {
      const run = runs.get(key)
      if (run && look(key).state === 'running') run.end = end
    }
  }
  return {
    start: async (key, request, call) => {
      if (runs.has(key)) return
      const place = environmentKey(request.environment)
      const seen = fences.get(place) ?? 0
      if (call.fence < seen) throw staleFence(`Environment ${place}`, seen, call.fence)
      fences.set(place, call.fence)
      runs.set(key, { request, beganMs: clock.monotonicMs(), script: scriptOf(key, request) })
      starts.set(key, (starts.get(key) ?? 0) + 1)
    },
    look: async (key) => look(key),
    stop: async (key) => endAll([key], { state: 'ended', code: null, words: '' }),
    output: async (key) => runs.get(key)?.script.words ?? '',
    reboot: () => endAll(runs.keys(), { state: 'lost', words: '' }),
    starts,
  }
}
