/** One command of a build or a check, in an environment that holds nothing but what is listed here. */
export type CommandRun = {
  /** Given to `/bin/sh -c`. */
  readonly command: string
  readonly cwd: string
  /** Folder of this run alone. HOME and TMPDIR are made inside, and what the run leaves behind is known by them. */
  readonly room: string
  /** Added to PATH, HOME, TMPDIR, LANG and TZ, which the runner sets; these win. */
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
  /** Ends the run early, as `stopped`. */
  readonly signal: AbortSignal
  /** Output and errors in the order they were written. The command waits while this does. */
  readonly onOutput: (bytes: Uint8Array) => void | Promise<void>
}

export type CommandEnd =
  | { readonly ended: 'code'; readonly code: number }
  | { readonly ended: 'signal'; readonly signal: string }
  | { readonly ended: 'limit' }
  | { readonly ended: 'stopped' }

export interface CommandRunner {
  /** Runs to the end, and then ends whatever the command left running. Throws only when it could not be started. */
  run(run: CommandRun): Promise<CommandEnd>
  /** Ends the processes of a run that was under way when we died. Idempotent; does nothing where none are left. */
  sweep(room: string): Promise<void>
}
