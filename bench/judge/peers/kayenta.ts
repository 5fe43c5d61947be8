// Kayenta's judge as described: minutes of error percentages, 98 % interval of the shift, a quarter of the estimated
// shift as tolerance, only a rise counts; looks are not corrected for.
import { shiftOf } from './mann-whitney.ts'
import type { NamedPeer, Peer } from './minutes.ts'

const CONFIDENCE = 0.98
const TOLERANCE = 0.25

export type KayentaWord = 'pass' | 'high' | 'low' | 'no data'

/** One metric of two arms, as values per bucket. */
export function kayentaWord(experiment: readonly number[], control: readonly number[]): KayentaWord {
  const [left, right] = [experiment.filter(Number.isFinite), control.filter(Number.isFinite)]
  if (left.length === 0 || right.length === 0) return 'no data'
  const sorted = (values: readonly number[]): string => values.toSorted((a, b) => a - b).join()
  if (sorted(left) === sorted(right) || new Set([...left, ...right]).size === 1) return 'pass'
  const { low, middle, high } = shiftOf(left, right, CONFIDENCE)
  if (low > TOLERANCE * Math.abs(middle)) return 'high'
  return high < -TOLERANCE * Math.abs(middle) ? 'low' : 'pass'
}

function lookingAt(minutesOfLooks: readonly number[]): Peer {
  return (_bake, minutes) => {
    for (const until of minutesOfLooks) {
      const seen = minutes.slice(0, until).filter(({ candidate, baseline }) => candidate > 0 && baseline > 0)
      const experiment = seen.map((each) => (100 * each.candidateErrors) / each.candidate)
      const control = seen.map((each) => (100 * each.baselineErrors) / each.baseline)
      if (kayentaWord(experiment, control) === 'high') return until * 60
    }
    return null
  }
}

export const kayentas: readonly NamedPeer[] = [
  { name: 'Kayenta, one look after 60 min', judge: lookingAt([60]), isSlow: true },
  {
    name: 'Kayenta, every 5 min from the 10th',
    judge: lookingAt([10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]),
    isSlow: true,
  },
]
