// What has to go so that the rest fits, the longest unused first.

export type StoredThing = {
  readonly name: string
  readonly bytes: number
  readonly usedAtMs: number
  /** Stays whatever it takes. */
  readonly isKept: boolean
}

/** Names of what goes, in order. What is kept may alone take more than is allowed. */
export function oldestFirst(things: readonly StoredThing[], bytesMax: number): readonly string[] {
  let bytes = things.reduce((sum, thing) => sum + thing.bytes, 0)
  const gone: string[] = []
  const leavers = things
    .filter(({ isKept }) => !isKept)
    .toSorted((left, right) => left.usedAtMs - right.usedAtMs || (left.name < right.name ? -1 : 1))
  for (const thing of leavers) {
    if (bytes <= bytesMax) break
    bytes -= thing.bytes
    gone.push(thing.name)
  }
  return gone
}
