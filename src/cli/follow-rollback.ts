// Stays with a rollback until the stage serves what it went back to.
import type { StageView } from '../api/board.ts'
import type { Client } from '../api/client.ts'
import type { Run } from './define.ts'
import { CliFailure, EXIT } from './failure.ts'
import { followBoard } from './follow-board.ts'
import { sayDuration } from './words.ts'
import { nowOf } from './stage-words.ts'

export async function followRollback(
  run: Run,
  wanted: {
    readonly client: Client
    readonly service: string
    readonly stage: string
    readonly to: number | null
    /** Event of the wish; older boards say nothing about it. */
    readonly position: number
    readonly waitMs: number
  },
): Promise<void> {
  const { parts } = run
  const enough = new AbortController()
  const timeUp = parts.sleep(wanted.waitMs, enough.signal).then(() => enough.abort())
  let told = ''
  try {
    for await (const sight of followBoard(
      parts,
      wanted.client,
      AbortSignal.any([enough.signal, parts.interrupted]),
    )) {
      const words = sight.isStale
        ? `waiting for the server: ${sight.why}`
        : lookAt(sight.board.position, sight.board.services)
      if (words === null) return
      if (words !== told) run.note(words)
      told = words
    }
  } finally {
    enough.abort()
    await timeUp
  }
  throw new CliFailure(
    EXIT.failed,
    'cli/still-going',
    `${wanted.stage} has not gone back within ${sayDuration(wanted.waitMs)}; it goes on without us: sluice status --watch`,
  )

  /** Null when it is done. */
  function lookAt(
    position: number,
    services: readonly { service: string; stages: readonly StageView[] }[],
  ): string | null {
    const stage = services
      .find((one) => one.service === wanted.service)
      ?.stages.find((one) => one.stage === wanted.stage)
    if (position < wanted.position || stage === undefined) return 'waiting for the server'
    const isThere = wanted.to === null || stage.live?.release === wanted.to
    if (stage.rollout !== null || stage.pin === null || !isThere)
      return `${wanted.stage}: ${nowOf(stage).text}`
    run.note(`${wanted.stage} serves ${stage.live?.name ?? '?'} and is pinned there`)
    return null
  }
}
