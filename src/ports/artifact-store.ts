/** What builds produced, by digest. Immutable. */
export interface ArtifactStore {
  /** Takes the folder's content and names it by its digest (`sha256-…`); the same content twice is stored once. */
  put(folder: string): Promise<{ readonly digest: string; readonly sizeBytes: number }>
  /** Lays a copy of its own at `folder` (a reflink where the disk can), after checking the digest. */
  lay(digest: string, folder: string): Promise<void>
  has(digest: string): Promise<boolean>
  /**
   * Forgets artifacts that are not in `keep`, oldest first, until none is older than `olderThanMs` (an age) and all
   * together, the kept ones too, take no more than `bytesMax`. Returns what went.
   */
  retain(rule: {
    readonly keep: ReadonlySet<string>
    readonly bytesMax: number
    readonly olderThanMs: number
  }): Promise<readonly string[]>
}
