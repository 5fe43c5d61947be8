// One verdict from many metrics: the weighted mean of their e-values, which is an e-value again whatever depends on
// what. Which metrics it was is said with family-wise control (closed testing of e-values), and never acted on.

export type MetricEvidence = {
  readonly metric: string
  readonly weight: number
  readonly evidence: number
  /** What was seen, where the metric says it itself. */
  readonly said?: string
}

/** Weights are taken as shares of their sum: metrics that are not there cost nothing. */
export function combined(metrics: readonly MetricEvidence[]): number {
  const all = metrics.reduce((sum, { weight }) => sum + weight, 0)
  if (all <= 0) return 1
  return metrics.reduce((sum, { weight, evidence }) => sum + (weight / all) * evidence, 0)
}

/**
 * Metrics that are to blame at level α, however many are looked at: those for which every group of metrics they belong
 * to has a mean e-value of at least 1/α. For means, the worst group of a metric is itself with the weakest others.
 */
export function blamed(metrics: readonly MetricEvidence[], alpha: number): readonly string[] {
  const sorted = metrics.toSorted((left, right) => left.evidence - right.evidence)
  return metrics.flatMap((mine) => {
    let sum = mine.evidence
    let lowest = sum
    let count = 1
    for (const other of sorted) {
      if (other === mine) continue
      sum += other.evidence
      count += 1
      lowest = Math.min(lowest, sum / count)
    }
    return lowest >= 1 / alpha ? [mine.metric] : []
  })
}
