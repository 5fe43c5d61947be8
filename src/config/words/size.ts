// Sizes as people write them: `512MB`, `1.5GB`, `10GiB`. A number without a unit is a mistake.

const UNITS: Readonly<Record<string, number>> = {
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

const WRITTEN = /^(\d+(?:\.\d+)?) ?([MGT]i?B)$/
export const SIZE_PATTERN = WRITTEN.source

/** Bytes; null when it is no size. */
export function parseSize(text: string): number | null {
  const [, count, unit] = WRITTEN.exec(text) ?? []
  const bytes = Math.round(Number(count) * (UNITS[unit ?? ''] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : null
}
