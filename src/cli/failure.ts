// How a command ends. Scripts rely on these numbers.
export const EXIT = { done: 0, failed: 1, refused: 2, usage: 64 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with words for a person and a code for scripts. */
export class CliFailure extends Error {
  readonly exit: ExitCode
  readonly code: string
  /** Also in the server's log, when it came from there. */
  readonly id: string | null

  constructor(
    exit: ExitCode,
    code: string,
    text: string,
    more: { readonly id?: string; readonly cause?: unknown } = {},
  ) {
    super(text, { cause: more.cause })
    this.name = 'CliFailure'
    this.exit = exit
    this.code = code
    this.id = more.id ?? null
  }
}

export function usage(code: string, text: string): CliFailure {
  return new CliFailure(EXIT.usage, code, text)
}
