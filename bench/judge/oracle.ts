// What nobody can beat by much: a test that is told how much worse the release is, and from which moment.
import type { Counted, Regression } from './bake.ts'
import { SECONDS } from './bake.ts'

export function judgeByOracle(
  bake: Counted,
  { times, fromSecond }: Regression,
  tolerated: number,
  alpha: number,
): number | null {
  let log = 0
  for (let second = fromSecond; second < SECONDS; second += 1) {
    const [mine, theirs] = [bake.candidate[second] ?? 0, bake.baseline[second] ?? 0]
    const [errors, others] = [bake.candidateErrors[second] ?? 0, bake.baselineErrors[second] ?? 0]
    if (mine === 0 || theirs === 0) continue
    const odds = (mine / theirs) * tolerated
    const more = times / tolerated
    log += errors * Math.log(more) - (errors + others) * Math.log((odds * more + 1) / (odds + 1))
    if (log >= Math.log(1 / alpha)) return second + 1
  }
  return null
}
