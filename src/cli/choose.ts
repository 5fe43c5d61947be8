// Which service and which stage a command means, when little was typed.
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Board, ServiceView, StageView } from '../api/board.ts'
import { nearestSentence } from '../api/nearest.ts'
import { usage } from './failure.ts'

/** The one that was named, the only one, or the one whose repository the command was typed in. */
export function chooseService(board: Board, named: string | undefined, folder: string): ServiceView {
  const names = board.services.map((one) => one.service)
  if (named !== undefined) {
    const found = board.services.find((one) => one.service === named)
    if (found !== undefined) return found
    throw usage('cli/unknown-service', `there is no service "${named}". ${nearestSentence(named, names)}`)
  }
  const [only] = board.services
  if (only !== undefined && board.services.length === 1) return only
  const top = repositoryOf(folder)
  const here = board.services.filter((one) => top !== null && one.git !== '' && real(one.git) === real(top))
  if (here.length === 1 && here[0] !== undefined) return here[0]
  throw usage(
    'cli/which-service',
    names.length === 0
      ? 'there is no service yet; add a repository with: sluice add <folder>'
      : `which service? Name it with --service: ${names.join(', ')}`,
  )
}

export type Named = { readonly service: string | undefined; readonly stage: string | undefined }

/** `production`, or `shop/production`. */
export function readStage(typed: string | undefined, service: string | undefined): Named {
  const [first, second, ...rest] = typed?.split('/') ?? []
  if (second === undefined) return { service, stage: first }
  if (rest.length > 0 || (service !== undefined && service !== first))
    throw usage('cli/bad-stage', `"${typed}" is not a stage; write a stage, or service/stage`)
  return { service: first, stage: second }
}

/** The named stage, or the only one that `fits`. */
export function chooseStage(
  service: ServiceView,
  named: string | undefined,
  fits: (stage: StageView) => boolean = () => true,
): StageView {
  const names = service.stages.map((one) => one.stage)
  if (named !== undefined) {
    const found = service.stages.find((one) => one.stage === named)
    if (found !== undefined) return found
    throw usage(
      'cli/unknown-stage',
      `${service.service} has no stage "${named}". ${nearestSentence(named, names)}`,
    )
  }
  const fitting = service.stages.filter(fits)
  if (fitting.length === 1 && fitting[0] !== undefined) return fitting[0]
  throw usage('cli/which-stage', `which stage of ${service.service}? ${names.join(', ')}`)
}

function repositoryOf(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at
    if (dirname(at) === at) return null
  }
}

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    // A repository on another machine, or a URL: it is what it is called.
    return folder
  }
}
