// The nearest right word, for every place where a person can mistype one.

/** The only word that begins so, else the one at most a third of its letters away; null when none is near. */
export function nearest(typed: string, words: readonly string[]): string | null {
  const [begins, another] = words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()))
  if (typed.length >= 3 && begins !== undefined && another === undefined) return begins
  let best: { word: string; distance: number } | null = null
  for (const word of words) {
    const distance = editDistance(typed.toLowerCase(), word.toLowerCase())
    if (best === null || distance < best.distance) best = { word, distance }
  }
  if (best === null) return null
  const near = Math.max(1, Math.ceil(Math.max(typed.length, best.word.length) / 3))
  return best.distance <= near ? best.word : null
}

/** Insertions, deletions, changes and swaps of neighbours that lead from one word to the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const line = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      line.push(cost)
    }
    beforeLast = last
    last = line
  }
  return last[b.length] ?? 0
}

/** `did you mean "x"?` or what there is to choose from; a sentence to end a message with. */
export function nearestSentence(typed: string, words: readonly string[]): string {
  const word = nearest(typed, words)
  if (word !== null) return `Did you mean "${word}"?`
  if (words.length === 0) return 'There is none yet.'
  const shown = words.slice(0, 12)
  return `There is ${shown.join(', ')}${words.length > shown.length ? ' and more' : ''}.`
}
