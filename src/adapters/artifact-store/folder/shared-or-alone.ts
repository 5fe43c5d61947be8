/** Many may share, or one may be alone: laying and putting go on side by side, forgetting waits for them. */
export function sharedOrAlone(): {
  shared<T>(work: () => Promise<T>): Promise<T>
  alone<T>(work: () => Promise<T>): Promise<T>
} {
  let lastAlone: Promise<unknown> = Promise.resolve()
  const sharing = new Set<Promise<unknown>>()
  return {
    shared: (work) => {
      const mine = lastAlone.then(work, work)
      sharing.add(mine)
      const leave = () => sharing.delete(mine)
      mine.then(leave, leave)
      return mine
    },
    alone: (work) => {
      const before = Promise.allSettled([lastAlone, ...sharing])
      const mine = before.then(work)
      lastAlone = mine.catch(() => undefined)
      return mine
    },
  }
}
