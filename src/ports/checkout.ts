/** Lays the files of a commit into a folder, without touching anybody's work tree. Comes from the change source. */
export interface Checkout {
  /**
   * Fills `folder` (new or empty) with the commit's files: modes, symbolic links, submodules; no `.git`. Fetches the
   * commit where the repository is a remote one. Safe to repeat into another folder; several may run at once.
   * Fails with `source/no-commit` when nobody has the commit.
   */
  checkOut(request: {
    readonly git: string
    readonly branch: string
    readonly sha: string
    readonly folder: string
    readonly signal: AbortSignal
  }): Promise<void>
}
