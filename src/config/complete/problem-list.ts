// Problems that only show when values are seen together.
import type { ConfigPath, Problem } from '../config-mistake.ts'

export type ProblemList = {
  /** Notes that what stands at `path` cannot be. The message goes after the path. */
  add(path: ConfigPath, message: string): void
  readonly problems: readonly Problem[]
}

export function createProblemList(): ProblemList {
  const problems: Problem[] = []
  return {
    problems,
    add(path, message) {
      problems.push({ code: 'config/contradiction', path, at: 'value', message, suggestion: null })
    },
  }
}
