// Events as the story and its claims speak of them: `rollout-completed #3 production`, and what must come in which order.
import type { AuditRow } from '../../src/api/board.ts'

export type Pattern = {
  readonly type: string
  readonly release?: number
  readonly stage?: string
  /** Fields of the event that must be so. */
  readonly with?: Readonly<Record<string, unknown>>
  readonly by?: 'person' | 'machine'
}

export function matches(row: AuditRow, pattern: Pattern): boolean {
  return (
    row.type === pattern.type &&
    (pattern.release === undefined || row.release === pattern.release) &&
    (pattern.stage === undefined || row.stage === pattern.stage) &&
    (pattern.by === undefined || row.by.kind === pattern.by) &&
    Object.entries(pattern.with ?? {}).every(
      ([name, value]) => JSON.stringify(row.data[name]) === JSON.stringify(value),
    )
  )
}

export function has(events: readonly AuditRow[], pattern: Pattern): boolean {
  return events.some((row) => matches(row, pattern))
}

/** Undefined when the patterns occur one after the other, else the first that did not come in its turn. */
export function firstOutOfOrder(
  events: readonly AuditRow[],
  patterns: readonly Pattern[],
): Pattern | undefined {
  let from = 0
  for (const pattern of patterns) {
    const at = events.findIndex((row, index) => index >= from && matches(row, pattern))
    if (at < 0) return pattern
    from = at + 1
  }
  return undefined
}

export function sayPattern({ type, release, stage, with: fields }: Pattern): string {
  const where = stage === undefined ? '' : ` in ${stage}`
  const details = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
  return `${type}${release === undefined ? '' : ` #${release}`}${where}${details}`
}

/** Shares of the traffic after a `traffic-shifted`, in percent by release; those of nothing left out. */
export function sharesOf(row: AuditRow): ReadonlyMap<number, number> {
  const arms: unknown = row.data['arms']
  const shares = new Map<number, number>()
  for (const arm of Array.isArray(arms) ? arms : []) {
    const { release, weightPercent }: { release?: unknown; weightPercent?: unknown } = arm ?? {}
    if (typeof release === 'number' && typeof weightPercent === 'number' && weightPercent > 0)
      shares.set(release, weightPercent)
  }
  return shares
}
