// One machine, several configurations: of what they set, the smallest counts.
import { isDeepStrictEqual } from 'node:util'
import type { LimitSettings } from '../config/complete/complete-config.ts'
import { DEFAULTS } from '../config/complete/defaults.ts'
import type { MemoryLimit } from '../domain/service/warm-memory.ts'

/** A part and a size are compared on a host with this much memory, for nobody can know all hosts here. */
const USUAL_HOST_BYTES = 16e9

/** What a configuration leaves at its default it does not set. */
export function limitsOf(configs: readonly { readonly limits: LimitSettings }[]): LimitSettings {
  const smallest = <Key extends keyof LimitSettings>(
    key: Key,
    size: (value: LimitSettings[Key]) => number,
  ): LimitSettings[Key] =>
    configs
      .map(({ limits }) => limits[key])
      .filter((value) => !isDeepStrictEqual(value, DEFAULTS.limits[key]))
      .toSorted((left, right) => size(left) - size(right))[0] ?? DEFAULTS.limits[key]
  return {
    warmMemory: smallest('warmMemory', usualBytes),
    buildCacheBytes: smallest('buildCacheBytes', (bytes) => bytes),
    mirrorBytes: smallest('mirrorBytes', (bytes) => bytes),
  }
}

function usualBytes(limit: MemoryLimit): number {
  return limit.kind === 'bytes' ? limit.bytes : (USUAL_HOST_BYTES * limit.percent) / 100
}
