// What the rules allow. Every act of people, every answer from outside and every move of the machine comes through
// here, in the stream that holds the gates.
import type { ServiceCommand } from './command.ts'
import { type Decision, refuse } from './decision.ts'
import { decideArtifact } from './added-artifact.ts'
import { decideDeploy } from './decide-deploy.ts'
import { decideGate } from './decide-gate.ts'
import { decideFinding } from './decide-finding.ts'
import { decideLine } from './decide-line.ts'
import { decidePeople } from './decide-people.ts'
import { decideRollback } from './decide-rollback.ts'
import { decideRound } from './decide-round.ts'
import { decideRetire, refusedByRetirement } from './retire-stage.ts'
import { decideRollout } from './decide-rollout.ts'
import { decideRoute } from './decide-route.ts'
import { decideTrack } from './decide-track.ts'
import { decideSearch } from './decide-search.ts'
import { decideSettings } from './decide-settings.ts'
import { reportRevert } from './found-revert.ts'
import type { ServiceState } from './state.ts'
import { decideWarmMemory } from './warm-memory.ts'

export function decide(state: ServiceState, command: ServiceCommand): Decision {
  if (state.definition === null && command.type !== 'configure')
    return refuse('service/unknown', 'this service is not configured')
  if ('stage' in command && command.stage !== undefined && !isStage(state, command.stage))
    return refuse(
      'stage/unknown',
      `there is no stage ${command.stage}; there is ${stageNames(state).join(', ')}`,
    )
  const gone = refusedByRetirement(state, command)
  if (gone) return gone
  switch (command.type) {
    case 'configure':
    case 'report-changes':
    case 'report-rewrite':
    case 'accept-history':
    case 'report-taken-in':
    case 'report-compared':
    case 'report-build-started':
    case 'report-build-done':
    case 'report-build-failed':
    case 'retry-build':
    case 'reject':
    case 'unreject':
    case 'retry':
      return decideLine(state, command)
    case 'lock':
    case 'edit-lock':
    case 'unlock':
    case 'pin':
    case 'unpin':
    case 'warn-of-expiry':
    case 'expire-lock':
    case 'tell-of-hold':
    case 'note-lock-alone':
    case 'warn-of-long-lock':
      return decideGate(state, command)
    case 'enter':
    case 'take-step':
    case 'report-fleet':
    case 'report-fleet-failed':
    case 'report-check':
    case 'report-release-command':
    case 'report-routed':
    case 'catch-by-window':
    case 'take-back-rejected':
    case 'give-settings':
      return decideRollout(state, command)
    case 'rollback':
    case 'abort':
      return decideRollback(state, command)
    case 'approve':
    case 'promote':
    case 'send-back':
    case 'pause':
    case 'resume':
    case 'confirm':
    case 'ask-approval':
      return decidePeople(state, command)
    case 'hotfix':
    case 'emergency':
    case 'enter-round':
    case 'close-round':
    case 'start-beside':
    case 'end-beside':
    case 'report-beside-check':
    case 'report-beside-failed':
      return decideRound(state, command)
    case 'start-probe':
    case 'give-up-probe':
    case 'end-search':
      return decideSearch(state, command)
    case 'report-revert':
      return reportRevert(state, command)
    case 'report-warm-memory':
      return decideWarmMemory(state, command)
    case 'report-finding':
    case 'accept':
    case 'skip-bake':
      return decideFinding(state, command)
    case 'deploy':
      return decideDeploy(state, command)
    case 'set-track':
    case 'undo-track':
    case 'follow-track':
    case 'remove-track':
    case 'move-track':
    case 'cool-release':
    case 'report-track-fleet':
    case 'place-deployed':
      return decideTrack(state, command)
    case 'add-route':
    case 'edit-route':
    case 'remove-route':
    case 'expire-route':
      return decideRoute(state, command)
    case 'add-artifact':
    case 'forget-artifact':
    case 'give-up-artifact':
      return decideArtifact(state, command)
    case 'set-settings':
      return decideSettings(state, command)
    case 'retire-stage':
      return decideRetire(state, command)
  }
}

function isStage(state: ServiceState, stage: string): boolean {
  return state.stages[stage] !== undefined
}

function stageNames(state: ServiceState): readonly string[] {
  return state.definition?.stages.map((stage) => stage.stage) ?? []
}
