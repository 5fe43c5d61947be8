// One intent, carried out through its port. The answer becomes a report command; what throws is tried again.
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/intent.ts'
import { build } from './build.ts'
import { runCheck, runCheckBeside } from './check.ts'
import type { Deed } from './deed.ts'
import { prepareFoundRevert } from './prepare-revert.ts'
import { endCommand, runCommand } from './release-command.ts'
import { route } from './route.ts'
import { scale } from './scale.ts'
import { shrink } from './shrink.ts'

/** The intents that reach outside; the others are the coordinator's own. */
export type OutsideIntent = Exclude<Intent, { do: 'decide' | 'wake' }>

export async function act(intent: OutsideIntent, deed: Deed): Promise<ServiceCommand | undefined> {
  switch (intent.do) {
    case 'build':
      return build(intent, deed)
    case 'scale':
      return scale(intent, deed)
    case 'route':
      return route(intent, deed)
    case 'check':
      return runCheck(intent, deed)
    case 'check-beside':
      return runCheckBeside(intent, deed)
    case 'shrink':
      return shrink(intent, deed)
    case 'run-command':
      return runCommand(intent, deed)
    case 'prepare-revert':
      return prepareFoundRevert(intent, deed)
    case 'end-command':
      return endCommand(intent, deed)
  }
}
