import type { Call } from '../../../ports/call.ts'
import type { DeploymentTarget, FleetWish } from '../../../ports/deployment-target.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { ScriptedHosts } from './scripted-hosts.ts'

/** What goes wrong with one call of `scale`. */
export type ScaleFault =
  /** Refused with a retryable failure; nothing is noted. */
  | { readonly kind: 'refuse' }
  /** No answer until the deadline; nothing is noted. */
  | { readonly kind: 'hang' }
  /** Noted, but the answer never comes. */
  | { readonly kind: 'lose-answer' }
  /** No answer, and the wish is noted later, unless a newer fence was there first. */
  | { readonly kind: 'land-late'; readonly afterMs: number }

export type ScriptedTargetOptions = {
  readonly hosts: ScriptedHosts
  /** Asked before every `scale`; undefined lets it succeed. */
  readonly faultOf?: (wish: FleetWish, call: Call) => ScaleFault | undefined
}

/** A target for scenarios and simulations: no processes, no timers, no chance; only the clock of its hosts. */
export function createScriptedTarget(options: ScriptedTargetOptions): DeploymentTarget {
  const { hosts, faultOf = () => undefined } = options
  let isClosed = false
  const whileOpen = () => {
    if (isClosed) {
      throw new PortFailure('This target has let go of its instances. Open it again.', {
        code: 'target/closed',
        again: 'never',
      })
    }
  }
  return {
    scale: async (wish, call) => {
      whileOpen()
      if (call.signal.aborted) throw deadlinePassed(call)
      const fault = faultOf(wish, call)
      if (fault === undefined) hosts.note(wish, call.fence)
      else await suffer(fault, hosts, wish, call)
    },
    look: async (environment) => {
      whileOpen()
      return hosts.look(environment)
    },
    environments: async () => {
      whileOpen()
      return hosts.environments()
    },
    stopAll: async (environment) => {
      whileOpen()
      hosts.stopAll(environment)
    },
    output: async (instance, limit) => {
      whileOpen()
      return hosts.output(instance, limit)
    },
    close: async () => {
      isClosed = true
    },
  }
}

async function suffer(fault: ScaleFault, hosts: ScriptedHosts, wish: FleetWish, call: Call): Promise<never> {
  switch (fault.kind) {
    case 'refuse':
      throw new PortFailure(`The hosts refused ${call.key}. Ask again.`, {
        code: 'target/refused',
        again: 'retry',
      })
    case 'hang':
      return noAnswer(call)
    case 'lose-answer':
      hosts.note(wish, call.fence)
      return noAnswer(call)
    case 'land-late':
      hosts.noteLate(wish, call.fence, fault.afterMs)
      return noAnswer(call)
  }
}

function noAnswer(call: Call): Promise<never> {
  return new Promise((_, reject) => {
    call.signal.addEventListener('abort', () => reject(deadlinePassed(call)), { once: true })
  })
}

function deadlinePassed(call: Call): PortFailure {
  return new PortFailure(`The deadline of ${call.key} passed before an answer came. Ask again.`, {
    code: 'target/deadline-passed',
    again: 'retry',
  })
}
