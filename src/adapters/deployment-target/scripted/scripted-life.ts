// How a scripted instance fares: a pure function of its script and its age, so that no timer is needed and looking
// never changes anything.
import type { InstanceLook } from '../../../ports/deployment-target.ts'

/** What the instances of a release do. Ages count from the start of each run unless said otherwise; milliseconds. */
export type ReleaseScript = {
  /** 0 unless said otherwise: ready at once. */
  readonly readyAfterMs?: number
  readonly neverReady?: boolean
  /** Every run ends by itself at this age. */
  readonly crashAfterMs?: number
  /** Answers nothing between these ages. */
  readonly unhealthy?: { readonly fromMs: number; readonly toMs: number }
  /** How long stopping takes; 0 unless said otherwise. */
  readonly stopMs?: number
  readonly lastWords?: string
  readonly output?: string
  readonly use?: ScriptedUse
}

/** Figures that grow are per second of the instance's age, the others are as they are. */
export type ScriptedUse = {
  readonly cpuMsPerSecond?: number
  readonly readBytesPerSecond?: number
  readonly writeBytesPerSecond?: number
  readonly errorLinesPerSecond?: number
  readonly memoryBytes?: number
  readonly threads?: number
  readonly fds?: number
}

export type Life = Pick<InstanceLook, 'restarts' | 'lastWords'> & {
  readonly state: Exclude<InstanceLook['state'], 'stopping'>
  /** Age of the instance at which its present (or last) run began. */
  readonly runBeganMs: number
}

const loopEnds = 3
const loopWithinMs = 60_000
const pauseMsMin = 100
const pauseMsMax = 10_000

/** `killedAtMs`: ages at which somebody ended it from outside, rising. */
export function lifeAt(
  ageMs: number,
  script: ReleaseScript,
  given: { readonly waitMs: number; readonly killedAtMs: readonly number[] },
): Life {
  const { beganMs, endedAtMs, restarts } = runsUntil(ageMs, script, given.killedAtMs)
  const isLooping = recentEnds(endedAtMs, ageMs) >= loopEnds
  const runMs = ageMs - beganMs
  const state = isLooping ? 'crash-looping' : runMs < 0 ? 'starting' : stateOfRun(runMs, script, given.waitMs)
  const words = script.lastWords ?? (state === 'failed' ? 'not ready in time' : 'exit code 1')
  return {
    state,
    restarts,
    runBeganMs: Math.max(0, runMs < 0 ? (endedAtMs.at(-1) ?? 0) : beganMs),
    lastWords: restarts > 0 || state === 'failed' ? words : null,
  }
}

function stateOfRun(runMs: number, script: ReleaseScript, waitMs: number): Life['state'] {
  const { readyAfterMs = 0, neverReady = false, unhealthy } = script
  if (neverReady || runMs < readyAfterMs) return runMs < waitMs ? 'starting' : 'failed'
  const isUnwell = unhealthy !== undefined && runMs >= unhealthy.fromMs && runMs < unhealthy.toMs
  return isUnwell ? 'unhealthy' : 'ready'
}

type Runs = { readonly beganMs: number; readonly endedAtMs: readonly number[]; readonly restarts: number }

/** The run at an age: the last that has begun, or the next one while it pauses between two. */
function runsUntil(ageMs: number, script: ReleaseScript, killedAtMs: readonly number[]): Runs {
  const crashAfterMs = script.crashAfterMs ?? Number.POSITIVE_INFINITY
  let beganMs = 0
  let shortRuns = 0
  let restarts = 0
  let endedAtMs: readonly number[] = []
  for (;;) {
    const began = beganMs
    const killedMs = killedAtMs.find((at) => at >= began) ?? Number.POSITIVE_INFINITY
    const endMs = Math.min(began + crashAfterMs, killedMs)
    if (endMs > ageMs) return { beganMs, endedAtMs, restarts }
    endedAtMs = [...endedAtMs, endMs].slice(-loopEnds)
    shortRuns = endMs - began < loopWithinMs ? shortRuns + 1 : 1
    restarts += 1
    beganMs = endMs + pauseMs(shortRuns, recentEnds(endedAtMs, endMs) >= loopEnds)
    // Days of crashing repeat one span; they are counted, not walked through.
    if (restarts > 32 && killedMs === Number.POSITIVE_INFINITY) {
      const spanMs = beganMs - began
      const spans = Math.max(0, Math.floor((ageMs - beganMs) / spanMs) - loopEnds)
      beganMs += spans * spanMs
      restarts += spans
    }
  }
}

function recentEnds(endedAtMs: readonly number[], ageMs: number): number {
  return endedAtMs.filter((at) => ageMs - at < loopWithinMs).length
}

function pauseMs(shortRuns: number, isLooping: boolean): number {
  return isLooping ? pauseMsMax : Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(20, shortRuns - 1))
}

export function useAt(ageMs: number, use: ScriptedUse = {}): InstanceLook['use'] {
  const grown = (perSecond = 0) => Math.floor((perSecond * ageMs) / 1_000)
  return {
    cpuMs: grown(use.cpuMsPerSecond),
    readBytes: grown(use.readBytesPerSecond),
    writeBytes: grown(use.writeBytesPerSecond),
    errorLines: grown(use.errorLinesPerSecond),
    memoryBytes: use.memoryBytes ?? 0,
    threads: use.threads ?? 0,
    fds: use.fds ?? 0,
  }
}
