/** Orders names by how few letters must change to get from `wanted` to them. */
export function nearestFirst(wanted: string, names: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, away: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}

/** Names are long at times and repositories have thousands of branches; beyond this many letters nobody mistypes. */
const lettersMax = 64

function distance(from: string, to: string): number {
  const [a, b] = [from.slice(0, lettersMax), to.slice(0, lettersMax)]
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
