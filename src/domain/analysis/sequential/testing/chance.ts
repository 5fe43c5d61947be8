// Chance from a seed, for tests of what holds on average.

export type Chance = () => number

/** Numbers from 0 to 1; the same for the same seed. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Successes of n tries, by jumping from success to success. */
export function binomial(chance: Chance, n: number, p: number): number {
  if (p <= 0 || n <= 0) return 0
  if (p >= 1) return n
  if (p > 0.5) return n - binomial(chance, n, 1 - p)
  const perJump = Math.log1p(-p)
  let hits = 0
  for (let at = Math.floor(Math.log(1 - chance()) / perJump); at < n; hits += 1)
    at += 1 + Math.floor(Math.log(1 - chance()) / perJump)
  return hits
}

export function poisson(chance: Chance, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(chance)))
  let below = chance()
  let probability = Math.exp(-mean)
  let count = 0
  while (below >= probability && probability > 0) {
    below -= probability
    count += 1
    probability *= mean / count
  }
  return count
}

export function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}
