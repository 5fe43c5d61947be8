// What a test wants to know of the board, asked until it is so.
import type { Board, ReleaseRow, ServiceView, StageView } from '../../../src/api/board.ts'
import { until } from '../../kit/until.ts'
import type { CliAnswer, Installation } from './installation.ts'

const LIMIT_MS = 90_000

export function serviceOn(board: Board, service: string): ServiceView | undefined {
  return board.services.find((one) => one.service === service)
}

export function stageOn(board: Board, service: string, stage: string): StageView | undefined {
  return serviceOn(board, service)?.stages.find((one) => one.stage === stage)
}

export function releaseOn(board: Board, service: string, release: number): ReleaseRow | undefined {
  return serviceOn(board, service)?.releases.find((one) => one.release === release)
}

/** Waits until the board says so, and returns what was looked for. A server that does not answer yet says nothing. */
export function onBoard<T>(
  { board }: Installation,
  what: string,
  look: (board: Board) => T | null | undefined | false,
  limitMs = LIMIT_MS,
): Promise<T> {
  let last: Board | undefined
  return until(
    what,
    async () => {
      last = await board().catch(() => undefined)
      return last && look(last)
    },
    limitMs,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}; the board: ${JSON.stringify(last?.services.map(summary))}`)
  })
}

export function live(at: Installation, service: string, stage: string, release: number): Promise<StageView> {
  return onBoard(at, `#${release} of ${service} is live in ${stage} at all of its share`, (board) => {
    const found = stageOn(board, service, stage)
    return found?.live?.release === release && found.rollout === null && found
  })
}

/** All that a command said. */
export function saidBy({ stdout, stderr }: CliAnswer): string {
  return `${stdout}\n${stderr}`
}

function summary({ service, sourceTrouble, stages, releases }: ServiceView): unknown {
  return {
    service,
    trouble: sourceTrouble?.text,
    builds: releases.map(({ release, build, standings }) => ({
      release,
      build,
      why: standings.flatMap(({ why }) => why.map(({ text }) => text)),
    })),
    stages: stages.map(({ stage, live: now, rollout }) => ({ stage, live: now?.release, rollout })),
  }
}
