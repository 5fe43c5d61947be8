// What the judge says when it is asked again.
import type { Claim, Evidence } from './claim.ts'

/** Those it turned back; the others it only let pass. */
const BAD = [4, 6]

export function replayClaim({ replays }: Evidence): Claim {
  const answers = replays.flatMap(({ release, replay }) => replay.map((one) => ({ release, ...one })))
  const other = answers.find(({ isSame }) => !isSame)
  const missing = BAD.find(
    (bad) => !answers.some(({ release, replayed }) => release === bad && replayed?.verdict === 'against'),
  )
  return {
    claim: 'judged again from the recorded ticks, every verdict is the same to the bit',
    broken:
      other === undefined
        ? missing === undefined
          ? undefined
          : `nothing was said against #${missing}`
        : `of #${other.release} in ${other.stage} it said ${JSON.stringify(other.recorded)}, and now ${JSON.stringify(other.replayed)}`,
  }
}
