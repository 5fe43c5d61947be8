/** Requests a second: `0`, `0.4`, `41`, `1.2k`. */
export function describeRate(perS: number): string {
  if (perS === 0) return '0'
  if (perS < 0.1) return '<0.1'
  if (perS < 10) return perS.toFixed(1)
  return describeCount(perS)
}

/** A count that fits a narrow column: `87`, `12.4k`, `3.1M`. */
export function describeCount(count: number): string {
  const rounded = Math.round(count)
  if (rounded < 1000) return String(rounded)
  if (rounded < 999_950) return `${trimmed(rounded / 1000)}k`
  return `${trimmed(rounded / 1_000_000)}M`
}

/** A share of a hundred. What is not nothing is never written as nothing. */
export function describePercent(percent: number): string {
  if (percent === 0) return '0%'
  if (percent < 0.01) return '<0.01%'
  if (percent < 1) return `${Number(percent.toFixed(2))}%`
  if (percent < 10) return `${Number(percent.toFixed(1))}%`
  return `${Math.round(percent)}%`
}

export function describeLatency(ms: number | null): string {
  if (ms === null) return '–'
  if (ms < 1000) return `${Math.round(ms)} ms`
  return `${trimmed(ms / 1000)} s`
}

/** Binary sizes, as process tables show them. */
export function describeBytes(bytes: number | null): string {
  if (bytes === null) return '–'
  const mib = bytes / 1_048_576
  return mib < 1024 ? `${Math.round(mib)} MiB` : `${trimmed(mib / 1024)} GiB`
}

/** Enough of a commit's name to tell it from the others of one repository. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7)
}

/** The last part of a path or address: the whole of it is one page further. */
export function shortRepository(git: string): string {
  const parts = git.replace(/\/+$/, '').split(/[/:]/)
  return parts.at(-1)?.replace(/\.git$/, '') || git
}

function trimmed(value: number): string {
  return value < 100 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}
