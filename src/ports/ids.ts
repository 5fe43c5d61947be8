/** Ids are a port, like time: the same seed must give the same trace. */
export interface Ids {
  /** A new id with a readable prefix: `lock_7f3a…`. Unique for ever within a store. */
  next(prefix: string): string
}
