// One line per fact. The hash over all lines is the identity of a run: the same seed must give it again.
import { createHash } from 'node:crypto'

export interface Trace {
  add(line: string): void
  last(count: number): readonly string[]
  hash(): string
}

/** Lines kept for a failure report, unless all are shown. */
const LINES_KEPT = 60

export function createTrace(nowMs: () => number, show?: (line: string) => void): Trace {
  const hash = createHash('sha1')
  let kept: string[] = []
  return {
    add: (text) => {
      const line = `${timeText(nowMs())} ${text}`
      hash.update(line)
      show?.(line)
      kept.push(line)
      if (kept.length > 2 * LINES_KEPT) kept = kept.slice(-LINES_KEPT)
    },
    last: (count) => kept.slice(-count),
    hash: () => hash.copy().digest('hex').slice(0, 16),
  }
}

function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}`
}
