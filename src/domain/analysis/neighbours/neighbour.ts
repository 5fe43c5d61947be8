// What goes on in other services that a stage watches (`watches`): a release may be well itself and still overload what
// it calls, or what shares a machine with it.
import type { ServiceName, StageName } from '../../names.ts'
import type { LatencyCounts } from '../latency-histogram.ts'

export type Watched = { readonly service: ServiceName; readonly stage: StageName }

export const WATCHES_MAX = 10

/** What the routers counted for it in the span of a tick. */
export type NeighbourTick = {
  /** `payments`, or `payments/live` where its stage is called otherwise. */
  readonly name: string
  /** False where no router told, or nothing serves there: then nothing is known of it, and zero is no number. */
  readonly seen: boolean
  readonly requests: number
  readonly errors: number
  readonly latency: LatencyCounts
}

/** As people wrote it. */
export function watchedName({ service, stage }: Watched, own: StageName): string {
  return stage === own ? service : `${service}/${stage}`
}
