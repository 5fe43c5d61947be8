// Short memory never costs what serves people, nor the quickest way back.
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import { stageOf } from './model.ts'
import type { Known } from './rules.ts'

export function checkWarm({ model, broken }: Known, event: ServiceEvent): void {
  if (event.type !== 'warm-cut') return
  const stage = stageOf(model, event.stage)
  const serves = new Set([stage.live, stage.rollout?.release])
  const before = stage.wasLive.filter((release) => !serves.has(release))
  if (serves.has(event.release) || before[0] === event.release)
    broken('short memory never cuts what serves, or served last', `#${event.release} in ${event.stage}`)
}
