/** How a repository seems to be built and run. */
export type Guess = {
  /** For people: `a Node.js package`. */
  readonly what: string
  readonly build: string | null
  readonly run: string | null
  /** The command hands `$PORT` on, or runs something known to read it. */
  readonly readsPort: boolean
  /** Variables its instances should have. */
  readonly env?: Readonly<Record<string, string>>
  /** What a command written for another host comes to here, where programs are elsewhere. */
  readonly adapt?: (command: string) => string
  readonly findings: readonly Finding[]
  readonly questions: readonly Question[]
}

/** Something seen in the repository; a warning is something that will not work as it is. */
export type Finding = {
  readonly level: 'found' | 'warning'
  readonly text: string
  /** Where it was seen: `server.js:12`, or a file. */
  readonly where: string | null
}

/** What only a person can say. `about` names the answer that settles it. */
export type Question = {
  readonly about: 'build' | 'run' | 'health' | 'branch'
  readonly text: string
  readonly guess: string | null
}

export function found(text: string, where: string | null = null): Finding {
  return { level: 'found', text, where }
}

export function warning(text: string, where: string | null = null): Finding {
  return { level: 'warning', text, where }
}
