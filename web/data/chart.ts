// The geometry of a small line chart: times and values become a path in a box of 100 by 100.
export type Dot = { readonly at: number; readonly value: number | null }

export type Scale = { readonly fromMs: number; readonly toMs: number; readonly top: number }

export const boxSize = 100

// What nobody judges is looked at every ten seconds only; a line that breaks at each of those would be dust.
const breakMsMin = 30_000

/** A round number at or above the largest value, so that the line does not touch the edge of something odd. */
export function roundTop(largest: number, atLeast: number): number {
  const value = Math.max(largest, atLeast)
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value) ?? 10
  // Powers below one are not exact, and are read by people.
  return Number((step * power).toPrecision(3))
}

/** A line through the dots; it breaks where nothing was seen for longer than usual. */
export function linePath(dots: readonly Dot[], scale: Scale, stepMs: number): string {
  let path = ''
  let lastAt: number | null = null
  for (const { at, value } of dots) {
    if (value === null) {
      lastAt = null
      continue
    }
    const isBroken = lastAt === null || at - lastAt > Math.max(3 * stepMs, breakMsMin)
    path += `${isBroken ? 'M' : 'L'}${rounded(placeX(at, scale))} ${rounded(placeY(value, scale))}`
    // A dot alone would have no length and be invisible.
    if (isBroken) path += 'h0.01'
    lastAt = at
  }
  return path
}

export function placeX(at: number, { fromMs, toMs }: Scale): number {
  return toMs === fromMs ? boxSize : ((at - fromMs) / (toMs - fromMs)) * boxSize
}

function placeY(value: number, { top }: Scale): number {
  return boxSize - Math.min(1, Math.max(0, value / top)) * boxSize
}

/** The index of the moment nearest to a place from left (0) to right (1). */
export function nearestIndex(moments: readonly number[], place: number): number | null {
  const from = moments[0]
  const to = moments.at(-1)
  if (from === undefined || to === undefined) return null
  const wanted = from + Math.min(1, Math.max(0, place)) * (to - from)
  let nearest = 0
  moments.forEach((at, index) => {
    if (Math.abs(at - wanted) < Math.abs((moments[nearest] ?? 0) - wanted)) nearest = index
  })
  return nearest
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
