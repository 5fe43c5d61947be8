// A tick as a line of JSON, and back. The line begins with the `seq`, so that most lines can be passed over unparsed.
import type { LatencyCounts } from '../../../domain/analysis/latency-histogram.ts'
import type { ArmTick, InstanceTick, Tick } from '../../../domain/analysis/tick.ts'

const SEQ = /^\{"seq":(\d+),/

export function writeTickLine(tick: Tick): string {
  const { seq, ...rest } = tick
  return `${JSON.stringify({ seq, ...rest })}\n`
}

/** The `seq` of a line that looks whole, without parsing the rest. */
export function seqOfLine(line: string): number | undefined {
  const digits = line.endsWith('}') ? SEQ.exec(line)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}

/** Undefined for anything that `writeTickLine` did not write. */
export function parseTickLine(line: string): Tick | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  return isTick(value) ? value : undefined
}

function isTick(value: unknown): value is Tick {
  return (
    hasNumbers<Tick>(value, ['seq', 'at', 'spanMs', 'generation']) &&
    'routerSeen' in value &&
    typeof value.routerSeen === 'boolean' &&
    'arms' in value &&
    Array.isArray(value.arms) &&
    value.arms.every(isArm)
  )
}

function isArm(value: unknown): value is ArmTick {
  return (
    hasNumbers<ArmTick>(value, ['release', 'weightPercent', 'requests', 'errors']) &&
    'latency' in value &&
    isLatency(value.latency) &&
    'instances' in value &&
    // Its list of numbers may grow from one version of the program to the next: lines of before are still good.
    hasNumbers<InstanceTick>(value.instances, ['wanted', 'ready'])
  )
}

function isLatency(value: unknown): value is LatencyCounts {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isNumber))
  )
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function hasNumbers<Shape>(value: unknown, names: readonly (keyof Shape & string)[]): value is object {
  if (typeof value !== 'object' || value === null) return false
  const found = new Map<string, unknown>(Object.entries(value))
  return names.every((name) => typeof found.get(name) === 'number')
}
