import { PortFailure } from '../../../ports/port-failure.ts'
import { GitTrouble } from './run-git.ts'

type Meaning = {
  readonly pattern: RegExp
  readonly code: string
  readonly again: 'retry' | 'never'
  readonly say: (where: string) => string
}

/** First match wins, so the particular stands before the general. */
const meanings: readonly Meaning[] = [
  {
    pattern: /detected dubious ownership/,
    code: 'source/not-ours',
    again: 'never',
    say: (where) =>
      `${where} belongs to another user, and git refuses to read it. Run Sluice as that user, or allow it: git config --global --add safe.directory ${where}`,
  },
  {
    pattern: /No space left on device|Disk quota exceeded/,
    code: 'source/no-disk',
    again: 'retry',
    say: (where) => `No disk space was left while reading ${where}. Free some; it is tried again.`,
  },
  {
    pattern: /not a git repository|does not appear to be a git repository|cannot change to|not a gitdir/,
    code: 'source/not-a-repository',
    again: 'never',
    say: (where) => `${where} is not a git repository. Check source.git, or run git init there.`,
  },
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|Permission denied|terminal prompts disabled|Host key verification failed|Repository not found|HTTP 40[13]|returned error: 40[134]/i,
    code: 'source/no-access',
    again: 'retry',
    say: (where) =>
      `${where} lets us not in, or has no such repository. Git must reach it without asking: try git ls-remote as the user who runs Sluice.`,
  },
  {
    pattern:
      /Could not resolve host|Connection (refused|reset|timed out|closed)|timed out|unable to (access|connect)|Could not read from remote|early EOF|hung up|unreachable|RPC failed|no route/i,
    code: 'source/unreachable',
    again: 'retry',
    say: (where) => `${where} cannot be reached. It is tried again.`,
  },
  {
    pattern: /cannot lock ref|Unable to create .*\.lock|unable to lock/i,
    code: 'source/busy',
    again: 'retry',
    say: (where) => `Another git program is writing to ${where}. It is tried again.`,
  },
  {
    pattern:
      /not our ref|not a (valid|tree|commit) object|Not a valid object|bad object|unknown revision|nonexistent object|does not exist.*object/i,
    code: 'source/no-commit',
    again: 'never',
    say: (where) => `${where} does not have that commit. Was it rewritten and collected, or never pushed?`,
  },
  {
    pattern: /is corrupt|corrupt (loose|packed)|unable to read tree|missing (blob|tree|commit)|pack .*bad/i,
    code: 'source/corrupt',
    again: 'never',
    say: (where) => `${where} is damaged. Run git fsck there.`,
  },
]

/** Translates whatever came up while working with the repository that people know as `where`. */
export function sourceFailure(error: unknown, where: string): PortFailure {
  if (error instanceof PortFailure) return error
  const shown = withoutPassword(where)
  if (!(error instanceof GitTrouble)) return unforeseen(error, shown)
  if (error.reason === 'stopped') {
    return new PortFailure(`Reading ${shown} took longer than it was given. It is tried again.`, {
      code: 'source/gave-up',
      again: 'retry',
      cause: error,
    })
  }
  if (error.reason === 'no-git') {
    return new PortFailure('The program git was not found on PATH. Install it.', {
      code: 'source/no-git',
      again: 'retry',
      cause: error,
    })
  }
  const meaning = meanings.find((candidate) => candidate.pattern.test(error.stderr))
  if (meaning === undefined) {
    return new PortFailure(`git failed on ${shown}: ${withoutPassword(lastLine(error.stderr))}`, {
      code: 'source/git-failed',
      again: 'retry',
    })
  }
  const words = withoutPassword(lastLine(error.stderr))
  return new PortFailure(`${meaning.say(shown)} Git said: ${words}`, {
    code: meaning.code,
    again: meaning.again,
  })
}

function unforeseen(error: unknown, shown: string): PortFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = withoutPassword(error instanceof Error ? error.message : String(error))
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PortFailure(`No disk space was left while reading ${shown}. Free some; it is tried again.`, {
      code: 'source/no-disk',
      again: 'retry',
    })
  }
  return new PortFailure(`Reading ${shown} failed: ${message}`, { code: 'source/git-failed', again: 'retry' })
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => line.startsWith('fatal:')) ?? lines.at(-1) ?? 'nothing').slice(0, 500)
}

/** A remote's address may carry a token; it must not reach a message. */
export function withoutPassword(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]+@/g, '//')
}
