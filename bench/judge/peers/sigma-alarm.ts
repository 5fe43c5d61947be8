// An alarm so many standard deviations above what single boxes of the baseline did in the minutes before the bake.
import type { NamedPeer, Peer } from './minutes.ts'

function sigmaAlarm(times: number, inARow: number): Peer {
  return (bake, minutes) => {
    const rates = bake.history.flatMap((boxes) =>
      boxes.flatMap(({ requests, hits }) => (requests > 0 ? [hits / requests] : [])),
    )
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
    const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length)
    let failed = 0
    for (const [minute, { candidate, candidateErrors }] of minutes.entries()) {
      failed = candidate > 0 && candidateErrors / candidate > mean + times * deviation ? failed + 1 : 0
      if (failed >= inARow) return (minute + 1) * 60
    }
    return null
  }
}

export const sigmaPeers: readonly NamedPeer[] = [
  { name: 'sigma alarm (3 sigma, 1 of 1 min)', judge: sigmaAlarm(3, 1) },
  { name: 'sigma alarm (3 sigma, 3 of 3 min)', judge: sigmaAlarm(3, 3) },
]
export const sigmaGrid: readonly NamedPeer[] = [2, 3, 4, 6, 10].flatMap((times) =>
  [1, 3, 5, 10].map((inARow) => ({
    name: `${times} sigma, ${inARow} min`,
    judge: sigmaAlarm(times, inARow),
  })),
)
