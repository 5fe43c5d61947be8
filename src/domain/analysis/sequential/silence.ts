// A release that says nothing any more: no requests, no lines, no beats. How long a silence must last before it means
// something follows from how often the baseline speaks at the same time.

/** The least share of the baseline's pace that is still fine. */
const STILL_FINE = 0.2

export type Silence = {
  /** What a release that still speaks often enough would have said since it was last heard, at the least. */
  readonly missed: number
  readonly quietMs: number
}

export const notSilent: Silence = { missed: 0, quietMs: 0 }

export function withSaid(
  silence: Silence,
  look: {
    readonly spanMs: number
    readonly said: number
    /** What the baseline said meanwhile, scaled to the candidate's share; null where it was not heard either. */
    readonly expected: number | null
  },
): Silence {
  if (look.said > 0 || look.expected === null) return notSilent
  return { missed: silence.missed + STILL_FINE * look.expected, quietMs: silence.quietMs + look.spanMs }
}

/**
 * The e-value of a silence. A silence may begin at any moment, so it is bet on anew after every word: by the number of
 * moments it might have begun at.
 */
export function silenceEvidence({ missed }: Silence, beginnings: number): number {
  return Math.exp(Math.min(200, missed)) / Math.max(1, beginnings)
}
