// What watching a stage came to. `assess` makes findings from evidence; `decide` turns them into events.
import type { ReleaseNumber, RolloutNumber } from '../names.ts'
import type { SeenSoFar } from './search-state.ts'

export type Finding =
  | { readonly found: 'own-served'; readonly release: ReleaseNumber }
  | {
      readonly found: 'bake-over'
      readonly release: ReleaseNumber
      readonly changes: readonly ReleaseNumber[]
      /** `inconclusive`: it had its time, but too little was seen. */
      readonly proof: 'proven' | 'inconclusive'
    }
  | {
      readonly found: 'step-soaked'
      readonly release: ReleaseNumber
      readonly rollout: RolloutNumber
      readonly step: number
      readonly proof: 'proven' | 'unproven'
    }
  | {
      readonly found: 'against'
      readonly release: ReleaseNumber
      readonly during: 'rollout' | 'bake' | 'watch'
      /** Set for a rollout: late findings about another one must not count. */
      readonly rollout: RolloutNumber | null
      readonly what: string
      readonly cause: 'verdict' | 'crash' | 'health'
      /** The release's own ticks are against it compared with the release before (behaviour 2.6). */
      readonly alone: boolean
      /** What was seen of it until then. Absent: nobody counted. */
      readonly seen?: SeenSoFar
    }
  | {
      /** As much was seen of it as of what broke, and nothing speaks against it. */
      readonly found: 'probe-well'
      readonly release: ReleaseNumber
      /** Null: it is what serves all the time. */
      readonly rollout: RolloutNumber | null
      readonly requests: number
      readonly watchedMs: number
    }
  | { readonly found: 'watch-over'; readonly release: ReleaseNumber }
  | { readonly found: 'hold'; readonly reason: string }
  | { readonly found: 'no-hold' }
