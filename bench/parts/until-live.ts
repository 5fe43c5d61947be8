import { setTimeout as sleep } from 'node:timers/promises'
import type { Installation } from '../../test/e2e/parts/installation.ts'

/** Until a release has all stages, and nothing is under way there any more. */
export async function untilLive(
  installed: Installation,
  release: number,
  limitMs = 120_000,
  lookMs = 100,
): Promise<void> {
  const endAt = performance.now() + limitMs
  for (;;) {
    const board = await installed.board().catch(() => undefined)
    const stages = board?.services[0]?.stages ?? []
    if (stages.length > 0 && stages.every((stage) => stage.live?.release === release && !stage.rollout))
      return
    if (performance.now() > endAt) throw new Error(`#${release} was not live everywhere after ${limitMs} ms`)
    await sleep(lookMs)
  }
}
