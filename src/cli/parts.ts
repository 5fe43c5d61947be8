// What the command line is given: the terminal, the clock, and the work that belongs to this machine rather than to a
// server. `src/main` builds the real ones.

export type Output = {
  write(text: string): void
  readonly isTerminal: boolean
  /** Characters per line; 80 when it is no terminal. */
  readonly columns: number
}

export type Questions = {
  /** False also when the person gives up. */
  confirm(question: string): Promise<boolean>
  /** Null when the person gives up. */
  text(question: string): Promise<string | null>
  /** As `text`, with nothing of the answer shown. */
  secret(question: string): Promise<string | null>
}

/** A mistake in a configuration file. */
export type ConfigProblem = {
  readonly file: string
  readonly line: number | null
  readonly column: number | null
  readonly text: string
}

export type CliWork = {
  /** Proposes a configuration for the repository in `folder` and writes it, unless one is there or `dryRun` is set. */
  init(request: { readonly folder: string; readonly dryRun: boolean; readonly force: boolean }): Promise<{
    readonly file: string
    readonly written: boolean
    readonly config: string
    readonly notes: readonly string[]
  }>
  /** Starts the server (and what keeps it running) and resolves once it is ready; says how far it is meanwhile. */
  up(request: {
    readonly folder: string
    readonly install: boolean
    readonly say: (sentence: string) => void
    readonly signal: AbortSignal
  }): Promise<{
    readonly address: string
    readonly alreadyRan: boolean
    readonly services: readonly string[]
    readonly notes: readonly string[]
  }>
  /** Takes back what `install` wrote; what runs goes on. Returns what was done. */
  uninstall(): Promise<readonly string[]>
  /** Stops server and router; instances go on unless `everything` is set. */
  down(request: {
    readonly everything: boolean
    readonly say: (sentence: string) => void
  }): Promise<{ readonly stopped: boolean; readonly notes: readonly string[] }>
  /** Puts a backup in the place of the store; refuses while anything runs. `until` is a position, null for all. */
  restore(request: { readonly file: string; readonly until: number | null }): Promise<{
    readonly events: number
    readonly lastPosition: number
    /** Where the store that was there is now. */
    readonly before: string | null
    readonly files: readonly string[]
    readonly missingArtifacts: readonly string[]
    readonly notes: readonly string[]
  }>
  /** Looks at this machine and its state folder; changes nothing. */
  doctor(request: { readonly folder: string }): Promise<
    readonly {
      readonly check: string
      readonly state: 'fine' | 'warn' | 'bad'
      readonly text: string
      /** What to do; null where all is fine. */
      readonly advice: string | null
    }[]
  >
  /** Copies a file of this machine, whole or not at all; only its owner may read it. */
  copyFile(from: string, to: string): Promise<void>
  /** Lines of a text file, as they are read. */
  linesOf(file: string): Promise<AsyncIterable<string>>
  configCheck(request: { readonly folder: string; readonly file: string | null }): Promise<{
    readonly file: string
    readonly services: readonly string[]
    readonly problems: readonly ConfigProblem[]
    /** What is fine, and yet worth knowing. */
    readonly notes: readonly ConfigProblem[]
  }>
  /** Where each value of the configuration comes from; `values` are those at and below the path. */
  configExplain(request: {
    readonly folder: string
    readonly file: string | null
    readonly path: string
  }): Promise<{
    readonly problems: readonly ConfigProblem[]
    readonly values: readonly {
      readonly path: string
      readonly value: unknown
      /** `default`: it is written nowhere. */
      readonly from: { readonly file: string; readonly line: number; readonly column: number } | 'default'
    }[]
  }>
  /** Makes a commit of what lies in a working folder, without touching its index or branches. */
  snapshot(request: { readonly folder: string }): Promise<{
    /** Top of the work tree. */
    readonly top: string
    readonly sha: string
    /** `anna/fix@3f2a1`. */
    readonly label: string
    /** False: nothing differs from the commit it stands on. */
    readonly isChanged: boolean
  }>
  /** Packs a folder as it is read: a gzipped tar archive. */
  packFolder(folder: string): ReadableStream<Uint8Array>
  configExample(): Promise<string>
  configSchema(): Promise<unknown>
  /** Judges a recorded stream of counts; `problem` when it cannot be read as one. */
  judgeFile(request: {
    readonly folder: string
    readonly file: string
  }): Promise<{ readonly problem: string } | { readonly judged: JudgedFile }>
  /** The tokens file of this machine, for when no server runs. */
  readonly tokens: {
    list(): Promise<readonly TokenLine[]>
    /** Undefined when the name is taken. */
    add(name: string, readOnly: boolean): Promise<(TokenLine & { readonly token: string }) | undefined>
    /** False when there is none of that name. */
    revoke(name: string): Promise<boolean>
  }
}

export type TokenLine = {
  readonly name: string
  readonly readOnly: boolean
  readonly createdAt: number
  readonly createdBy: string
}

export type CliParts = {
  readonly version: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the command was typed. */
  readonly folder: string
  readonly stdout: Output
  readonly stderr: Output
  /** True when a person can be asked. */
  readonly canAsk: boolean
  readonly questions: Questions
  /** Everything that is piped in. */
  readInput(): Promise<string>
  readFile(file: string): Promise<string>
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  openBrowser(address: string): Promise<void>
  /** Aborts when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal
  readonly work: CliWork
}

export type JudgedFile = {
  readonly verdict: 'against' | 'hold' | 'none'
  readonly what: string | null
  readonly againstAtMs: number | null
  readonly isShownSafe: boolean
  readonly ticks: number
  readonly leftOut: { readonly late: number; readonly twice: number }
  readonly evidence: number
  readonly limit: number
  readonly explained: readonly string[]
}
