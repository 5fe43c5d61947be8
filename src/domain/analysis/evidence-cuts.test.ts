import { expect, test } from 'vitest'
import { isCutNeeded, noEvidence, spellsAlone, watchedMs, withTickCut, type Evidence } from './evidence.ts'
import { NO_INSTANCES, type Tick } from './tick.ts'

const instances = { ...NO_INSTANCES, wanted: 1, ready: 1 }
const tick = (seq: number): Tick => ({
  seq,
  at: seq * 1_000,
  spanMs: 1_000,
  generation: 1,
  routerSeen: true,
  arms: [{ release: 1, weightPercent: 100, requests: 1, errors: 0, latency: [], instances }],
})
const folded = (cutAfter: ReadonlySet<number> = new Set()): Evidence =>
  Array.from({ length: 10 }, (_, index) => tick(index + 1)).reduce(
    (evidence, each) => withTickCut(evidence, each, cutAfter),
    noEvidence,
  )

test('what is asked from a tick on counts what came after it, also where the shares never changed', () => {
  const cuts = new Set([0, 4])
  expect(isCutNeeded(folded(), cuts)).toBe(true)
  const evidence = folded(cuts)
  expect(isCutNeeded(evidence, cuts)).toBe(false)
  expect(watchedMs(spellsAlone(evidence, 1, 4))).toBe(6_000)
  expect(watchedMs(spellsAlone(evidence, 1, 0))).toBe(10_000)
})
