import type { ActName } from '../../../src/api/acts.ts'
import type { ServiceView, StageView } from '../../../src/api/board.ts'
import type { Wish } from '../../data/act-desk.ts'

/** An act on a stage, about the release it would be about. */
export function wishOfStage(act: ActName, place: { service: ServiceView; stage: StageView }): Wish {
  const { service, stage } = place
  const wish: Wish = { act, service: service.service, stage: stage.stage, release: null }
  // Accept answers for what is baking there; everything else asks, or leaves it to the server.
  return act === 'accept' ? { ...wish, release: stage.live?.release ?? null } : wish
}
