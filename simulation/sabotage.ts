// Ways to break the system on purpose, from outside, so that tests can show that the simulation notices.
import type { CoordinatorPorts } from '../src/coordinator/ports.ts'

export type Sabotage = {
  /** Hosts and routers take writes that are older than what they have. */
  readonly ignoresFences?: boolean
  /** Wraps what a coordinator is given. */
  readonly ports?: (ports: CoordinatorPorts) => CoordinatorPorts
}
