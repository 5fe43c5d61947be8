/** What each metric's e-value weighs in the verdict; absent metrics leave their weight to the others. */
export const METRIC_WEIGHTS = { errors: 0.55, latency: 0.3, lines: 0.1, silence: 0.05, leaks: 0.05 } as const

export type MetricName = keyof typeof METRIC_WEIGHTS
