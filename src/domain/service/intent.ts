// What the outside world can be owed: the vocabulary of `due`.
import type { EpochMs, ReleaseNumber, RolloutNumber, StageName } from '../names.ts'
import type { CheckDefinition, ReleaseCommand } from '../pipeline/definition.ts'
import type { PlanTrack } from '../traffic/plan.ts'
import type { MachineCommand, ReportCommand } from './command.ts'
import type { AcknowledgedArm } from './state.ts'
import type { WantedFleet } from './wanted.ts'

export type Intent =
  /** A move of the machine itself: handle this command. `tick` is filled in by whoever keeps the ticks. */
  | { readonly do: 'decide'; readonly command: MachineCommand | ReportCommand }
  | { readonly do: 'build'; readonly release: ReleaseNumber; readonly attempt: number }
  | {
      readonly do: 'scale'
      readonly stage: StageName
      readonly fleet: WantedFleet
      readonly rollout: RolloutNumber | null
      readonly step: number
      /** It is wanted only to be checked. */
      readonly beside: boolean
    }
  | {
      readonly do: 'route'
      readonly stage: StageName
      /** The version it was asked for at: of two plans that differ, the older can never replace the newer. */
      readonly generation: number
      readonly arms: readonly AcknowledgedArm[]
      readonly tracks: readonly PlanTrack[]
      readonly rulesAt: number
    }
  | {
      readonly do: 'check'
      readonly stage: StageName
      readonly rollout: RolloutNumber
      readonly step: number
      readonly release: ReleaseNumber
      readonly from: ReleaseNumber | null
      readonly check: CheckDefinition
    }
  /** A check of this stage, of what goes round it into a later one. */
  | {
      readonly do: 'check-beside'
      readonly stage: StageName
      readonly release: ReleaseNumber
      readonly from: ReleaseNumber | null
      readonly check: CheckDefinition
    }
  /** What runs once before the first instance of a rollout is started, or followed to its end. */
  | {
      readonly do: 'run-command'
      readonly stage: StageName
      readonly rollout: RolloutNumber
      readonly release: ReleaseNumber
      readonly attempt: number
      readonly command: ReleaseCommand
      /** It was seen to run: where nothing is known of it by now, it is lost and not started anew. */
      readonly isStarted: boolean
    }
  /** A branch that takes back what a search found. */
  | { readonly do: 'prepare-revert'; readonly release: ReleaseNumber }
  /** Its rollout is over, and it still runs. */
  | {
      readonly do: 'end-command'
      readonly stage: StageName
      readonly rollout: RolloutNumber
      readonly release: ReleaseNumber
      readonly attempt: number
    }
  /** Drain what the router no longer sends to, then stop it. */
  | {
      readonly do: 'shrink'
      readonly stage: StageName
      readonly fleet: WantedFleet
    }
  | { readonly do: 'wake'; readonly at: EpochMs }

export function wake(at: EpochMs): Intent {
  return { do: 'wake', at }
}

export function decided(command: MachineCommand | ReportCommand): Intent {
  return { do: 'decide', command }
}
