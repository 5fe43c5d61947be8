// A builder whose builds take the time the script says. State is a function of the clock: nothing runs in between.
import type { Builder, BuildLook, BuildRequest } from '../../../ports/builder.ts'
import type { Clock } from '../../../ports/clock.ts'

export type ScriptedBuild =
  | {
      readonly takesMs: number
      readonly artifact: string
      readonly sizeBytes?: number
      readonly says?: string
    }
  | {
      readonly takesMs: number
      readonly fault: 'code' | 'builder' | 'limit'
      readonly message?: string
      readonly says?: string
    }

export type ScriptedBuilder = Builder & {
  /** The machine died: what was under way is forgotten, what was done is not. */
  restart(): void
}

export function createScriptedBuilder(options: {
  readonly clock: Clock
  /** `attempt` counts the builds of one commit, from 1. */
  readonly script: (request: BuildRequest, attempt: number) => ScriptedBuild
}): ScriptedBuilder {
  type Known = { readonly request: BuildRequest; readonly plan: ScriptedBuild; readonly startedAt: number }
  const known = new Map<string, Known>()
  const attempts = new Map<string, number>()

  const lookAt = (build: Known | undefined): BuildLook => {
    if (build === undefined) return { state: 'unknown' }
    const { plan, request } = build
    if (options.clock.monotonicMs() - build.startedAt < plan.takesMs) {
      return { state: 'running', logBytes: plan.says?.length ?? 0 }
    }
    if ('fault' in plan) return { state: 'failed', fault: plan.fault, message: plan.message ?? 'as scripted' }
    return { state: 'done', artifact: plan.artifact, run: request.run, sizeBytes: plan.sizeBytes ?? 0 }
  }
  const forgetUnlessOver = (key: string) => {
    if (lookAt(known.get(key)).state === 'running') known.delete(key)
  }

  return {
    start: (key, request) => {
      if (!known.has(key)) {
        const attempt = (attempts.get(request.sha) ?? 0) + 1
        attempts.set(request.sha, attempt)
        const plan = options.script(request, attempt)
        known.set(key, { request, plan, startedAt: options.clock.monotonicMs() })
      }
      return Promise.resolve()
    },
    look: (key) => Promise.resolve(lookAt(known.get(key))),
    stop: (key) => {
      forgetUnlessOver(key)
      return Promise.resolve()
    },
    log: (key, offset, limit) => {
      const text = Buffer.from(known.get(key)?.plan.says ?? '')
      return Promise.resolve({ bytes: text.subarray(offset, offset + limit), total: text.length })
    },
    restart: () => {
      for (const key of known.keys()) forgetUnlessOver(key)
    },
  }
}
