// Problems that only show when values are seen together.
import type { ConfigNote, ConfigPath, Problem } from '../config-mistake.ts'

export type ProblemList = {
  /** Notes that what stands at `path` cannot be. The message goes after the path. */
  add(path: ConfigPath, message: string): void
  readonly problems: readonly Problem[]
  /** What is as it may be, and yet not what many would expect: said by `config check`, and never a reason to stop. */
  note(path: ConfigPath, message: string): void
  readonly notes: readonly ConfigNote[]
}

export function createProblemList(): ProblemList {
  const problems: Problem[] = []
  const notes: ConfigNote[] = []
  return {
    problems,
    notes,
    note(path, message) {
      notes.push({ path, message })
    },
    add(path, message) {
      problems.push({ code: 'config/contradiction', path, at: 'value', message, suggestion: null })
    },
  }
}
