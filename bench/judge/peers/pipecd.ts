// PipeCD's analysis as described: each tick looks at the last interval only, Mann-Whitney at five percent, uncorrected.
import { normalAbove } from '../../../src/domain/analysis/numbers/normal-tail.ts'
import { mannWhitneyZ } from './mann-whitney.ts'
import type { NamedPeer, Peer } from './minutes.ts'

const INTERVAL_MINUTES = 5

function judgeAt(chance: number): Peer {
  const limit = normalAbove(chance / 2)
  return (_bake, minutes) => {
    for (let until = INTERVAL_MINUTES; until <= minutes.length; until += INTERVAL_MINUTES) {
      const seen = minutes
        .slice(until - INTERVAL_MINUTES, until)
        .filter(({ candidate, baseline }) => candidate > 0 && baseline > 0)
      if (seen.length < 2) continue
      const z = mannWhitneyZ(
        seen.map((each) => each.candidateErrors / each.candidate),
        seen.map((each) => each.baselineErrors / each.baseline),
      )
      if (z > limit) return until * 60
    }
    return null
  }
}

export const pipecds: readonly NamedPeer[] = [{ name: 'PipeCD (5 %, every 5 min)', judge: judgeAt(0.05) }]
export const pipecdGrid: readonly NamedPeer[] = [0.01, 0.001, 0.0001].map((chance) => ({
  name: `PipeCD at ${chance}`,
  judge: judgeAt(chance),
}))
