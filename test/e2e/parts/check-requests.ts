// Which failed requests the kills explain, and which nothing explains.
import type { Kill } from './kill-run.ts'
import type { Failure, Load } from './steady-load.ts'

export type RequestFigures = {
  readonly answered: number
  /** On a connection that a killed router held. */
  readonly onKilledRouters: number
  /** While no router ran at all, and how long that was together. */
  readonly inGap: number
  readonly gapMs: number
  /** Under way on a killed instance, and not of the kind that may be sent again. */
  readonly onKilledInstances: number
  /** To a release whose only instance was killed, until it was back. */
  readonly whileAlone: number
  readonly unexplained: readonly Failure[]
}

/** Between the look at /proc and the kill a client may connect; and it takes a moment until an end is noticed. */
const MOMENT_MS = 150
/** An instance that was killed is seen to be gone and started again; no longer than this. */
const AGAIN_MS_MAX = 8_000
const ROUTERS_AGAIN_MS_MAX = 8_000
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ABORTED'])

export function explainFailures(load: Load, kills: readonly Kill[]): RequestFigures {
  const reasons = load.failures.map((failure) => ({ failure, reason: reasonOf(failure, kills) }))
  const count = (reason: string): number => reasons.filter((each) => each.reason === reason).length
  return {
    answered: load.answered(),
    onKilledRouters: count('router'),
    inGap: count('gap'),
    gapMs: Math.round(gapMs(load.failures, kills)),
    onKilledInstances: count('instance'),
    whileAlone: count('alone'),
    unexplained: reasons.flatMap(({ failure, reason }) => (reason === undefined ? [failure] : [])),
  }
}

function reasonOf(
  failure: Failure,
  kills: readonly Kill[],
): 'router' | 'gap' | 'instance' | 'alone' | undefined {
  if (BROKEN.has(failure.what) && kills.some((kill) => wasHeldBy(kill, failure))) return 'router'
  if (failure.what === 'ECONNREFUSED' && kills.some((kill) => isInGap(kill, failure))) return 'gap'
  if (failure.page === null) return undefined
  const onStage = kills.filter(
    ({ instance }) =>
      instance !== undefined &&
      instance.release === failure.release &&
      failure.host.startsWith(hostOf(instance.stage)),
  )
  if (onStage.some((kill) => failure.startedMs <= kill.atMs + MOMENT_MS && failure.endedMs >= kill.fromMs))
    return 'instance'
  const isAlone = onStage.some(
    (kill) =>
      kill.instance?.wasOnlyOne &&
      failure.startedMs > kill.fromMs &&
      failure.startedMs < kill.atMs + AGAIN_MS_MAX,
  )
  return isAlone ? 'alone' : undefined
}

function wasHeldBy(kill: Kill, failure: Failure): boolean {
  if (kill.what !== 'router' && kill.what !== 'both routers') return false
  const isWhen = failure.startedMs <= kill.atMs + MOMENT_MS && failure.endedMs >= kill.fromMs
  const isNew = failure.connectedMs >= kill.fromMs - MOMENT_MS && failure.connectedMs <= kill.atMs + MOMENT_MS
  return isWhen && (kill.clientPorts.has(failure.clientPort) || isNew || failure.clientPort === 0)
}

function isInGap(kill: Kill, failure: Failure): boolean {
  return (
    kill.wasLastRouter &&
    failure.startedMs >= kill.fromMs &&
    failure.startedMs <= kill.atMs + ROUTERS_AGAIN_MS_MAX
  )
}

function gapMs(failures: readonly Failure[], kills: readonly Kill[]): number {
  return kills.reduce((sum, kill) => {
    const ends = failures
      .filter((each) => each.what === 'ECONNREFUSED' && isInGap(kill, each))
      .map((each) => each.endedMs)
    return ends.length === 0 ? sum : sum + Math.max(...ends) - kill.atMs
  }, 0)
}

function hostOf(stage: string): string {
  return stage === 'production' ? 'shop.' : `${stage}.`
}
