// What a bench prints: figures with their goals, and whether each goal was reached in this very run.
import { cpus, release, totalmem } from 'node:os'

export type Figure = {
  readonly name: string
  readonly ours: number
  /** What it is measured against, in the same run; null where the goal is a plain limit. */
  readonly rival: number | null
  readonly ratio: number | null
  readonly goal: string
  readonly holds: boolean
}

export type BenchResult = {
  readonly bench: string
  readonly machine: string
  readonly figures: readonly Figure[]
  /** What one must know to read the figures, in sentences. */
  readonly notes: readonly string[]
}

export type Bench = (
  say: (sentence: string) => void,
  /** Quick: fewer runs, to see that it works; its figures prove nothing. */
  how: { readonly isQuick: boolean },
) => Promise<Omit<BenchResult, 'bench' | 'machine'>>

export function atMost(name: string, ours: number, limit: number, unit: string): Figure {
  return {
    name,
    ours: rounded(ours),
    rival: null,
    ratio: null,
    goal: `<= ${limit} ${unit}`.trim(),
    holds: ours <= limit,
  }
}

export function ratioAtLeast(name: string, ours: number, rival: number, least: number): Figure {
  const ratio = ours / rival
  return {
    name,
    ours: rounded(ours),
    rival: rounded(rival),
    ratio: rounded(ratio),
    goal: `ratio >= ${least}`,
    holds: ratio >= least,
  }
}

export function machine(): string {
  const [cpu] = cpus()
  const memoryGb = Math.round(totalmem() / 1024 ** 3)
  return `${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, ${memoryGb} GB, Linux ${release()}, Node ${process.versions.node}`
}

/** The smallest value that so much of all values (0 to 1) do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0
}

export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
