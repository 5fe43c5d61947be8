// From plain data to a complete config, or to every mistake in it.
import type { ConfigNote, ConfigPath, Problem } from './config-mistake.ts'
import { type Config, completeConfig } from './complete/complete-config.ts'
import { createProblemList } from './complete/problem-list.ts'
import { explainIssues, valueAt } from './explain/explain-issues.ts'
import { configSchema } from './schema/config-schema.ts'

export type ConfigReading =
  | { readonly ok: true; readonly config: Config; readonly notes: readonly ConfigNote[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const PRUNINGS_MAX = 20

/** `folder` is where the config file is; paths in it are seen from there. */
export function readConfig(raw: unknown, folder: string): ConfigReading {
  const parsed = configSchema.safeParse(raw)
  const list = createProblemList()
  if (parsed.success) {
    const config = completeConfig(parsed.data, folder, list)
    return list.problems.length === 0
      ? { ok: true, config, notes: list.notes }
      : { ok: false, problems: list.problems }
  }
  const problems = explainIssues(parsed.error.issues, raw)
  return { ok: false, problems: [...problems, ...contradictionsBeside(raw, problems, folder)] }
}

/**
 * A slip in one place must not hide what is wrong in another: what is already known to be wrong is taken out, and
 * the rest is looked at as if it were whole.
 */
function contradictionsBeside(raw: unknown, known: readonly Problem[], folder: string): readonly Problem[] {
  const rest: unknown = structuredClone(raw)
  let wrong = known
  for (let pruning = 0; pruning < PRUNINGS_MAX; pruning++) {
    for (const { path } of wrong) takeOut(rest, path)
    const parsed = configSchema.safeParse(rest)
    if (parsed.success) {
      const list = createProblemList()
      completeConfig(parsed.data, folder, list)
      return list.problems.filter(({ path }) => !known.some((problem) => isInside(problem.path, path)))
    }
    wrong = explainIssues(parsed.error.issues, rest)
  }
  return []
}

/** What surrounds something that was taken out may look wrong only because of that. */
function isInside(inner: ConfigPath, outer: ConfigPath): boolean {
  return outer.every((part, index) => inner[index] === part)
}

/** Takes out the nearest key; never an item of a list, because the items after it would change their places. */
function takeOut(rest: unknown, path: ConfigPath): void {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1]
    const parent = valueAt(rest, path.slice(0, length - 1))
    if (typeof key !== 'string' || typeof parent !== 'object' || parent === null) continue
    if (!Object.hasOwn(parent, key)) continue
    Reflect.deleteProperty(parent, key)
    return
  }
}
