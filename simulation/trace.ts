// One line per fact. The hash over all lines is the identity of a run: the same seed must give it again.
import { createHash } from 'node:crypto'

/** A fact, or how it is told where somebody looks: `identity` is then what two runs must have in common. */
export type Fact = string | { readonly identity: string; readonly text: () => string }

export interface Trace {
  add(fact: Fact): void
  last(count: number): readonly string[]
  hash(): string
}

/** Lines kept for a failure report, unless all are shown. */
const LINES_KEPT = 60
/** So much is hashed at once. */
const CHUNK = 1 << 16

export function createTrace(nowMs: () => number, show?: (line: string) => void): Trace {
  const hash = createHash('sha1')
  let chunk = ''
  let kept: { readonly ms: number; readonly fact: Fact }[] = []
  return {
    add: (fact) => {
      const ms = nowMs()
      chunk += `${ms} ${typeof fact === 'string' ? fact : fact.identity}\n`
      if (chunk.length > CHUNK) {
        hash.update(chunk)
        chunk = ''
      }
      show?.(lineOf(ms, fact))
      kept.push({ ms, fact })
      if (kept.length > 2 * LINES_KEPT) kept = kept.slice(-LINES_KEPT)
    },
    last: (count) => kept.slice(-count).map(({ ms, fact }) => lineOf(ms, fact)),
    hash: () => hash.copy().update(chunk).digest('hex').slice(0, 16),
  }
}

function lineOf(ms: number, fact: Fact): string {
  return `${timeText(ms)} ${typeof fact === 'string' ? fact : fact.text()}`
}

function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(Math.floor(ms) % 1000).padStart(3, '0')}`
}
