// A checker that answers as the script says, after the time it says.
import type { Checker, CheckRequest, CheckResult } from '../../../ports/checker.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

export type ScriptedCheck = {
  readonly takesMs: number
  readonly passed: boolean
  readonly message?: string
  readonly output?: string
}

export function createScriptedChecker(options: {
  readonly clock: Clock
  /** `attempt` counts the runs of one check of one release in one stage, from 1. */
  readonly script: (request: CheckRequest, attempt: number) => ScriptedCheck
}): Checker {
  const attempts = new Map<string, number>()
  return {
    run: async (request): Promise<CheckResult> => {
      const { environment, release, check } = request
      const name = `${environment.service}/${environment.stage}/${release}/${check.check}`
      const attempt = (attempts.get(name) ?? 0) + 1
      attempts.set(name, attempt)
      const plan = options.script(request, attempt)
      if (plan.takesMs > 0) await options.clock.sleep(Math.min(plan.takesMs, check.limitMs), request.signal)
      if (request.signal.aborted) {
        throw new PortFailure(`The check ${check.check} was called off.`, {
          code: 'check/stopped',
          again: 'retry',
        })
      }
      if (plan.takesMs > check.limitMs) {
        return {
          passed: false,
          message: `${check.check} did not end within ${check.limitMs} ms.`,
          output: '',
        }
      }
      const message = plan.message ?? `${check.check} ${plan.passed ? 'passed' : 'failed'} as scripted.`
      return { passed: plan.passed, message, output: plan.output ?? '' }
    },
  }
}
