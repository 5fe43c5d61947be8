// Turns what zod found into sentences for people: one problem per mistake, at the deepest place that is known.
import type { z } from 'zod'
import type { ConfigPath, Problem } from '../config-mistake.ts'
import { keysAt } from '../json-schema.ts'
import { knownZones } from '../words/calendar.ts'
import { ROLLOUT_WORDS } from '../words/rollout.ts'
import { nearestWord } from './nearest-word.ts'
import { neverHere, notYet, wordHere } from './not-yet.ts'

type Issue = z.core.$ZodIssue

/** `raw` is what was written; it tells a missing value from a wrong one. */
export function explainIssues(issues: readonly Issue[], raw: unknown): readonly Problem[] {
  const problems = issues.flatMap((issue) => explainIssue(issue, [], raw))
  return problems.filter((problem) => !isMisspelt(problem, problems))
}

/** A key that is missing because it stands there misspelt is one mistake, not two. */
function isMisspelt(problem: Problem, problems: readonly Problem[]): boolean {
  if (problem.code !== 'config/missing') return false
  const parent = JSON.stringify(problem.path.slice(0, -1))
  return problems.some(
    ({ path, suggestion, at }) =>
      at === 'key' && suggestion === problem.path.at(-1) && JSON.stringify(path.slice(0, -1)) === parent,
  )
}

function explainIssue(issue: Issue, base: ConfigPath, raw: unknown): readonly Problem[] {
  const path = [...base, ...issue.path.map(pathPart)]
  const value = valueAt(raw, path)
  if (value === undefined && issue.code !== 'unrecognized_keys') return [missing(path, issue.message)]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path))
    case 'invalid_key':
      return [wrongKey(path, issue.issues[0]?.message ?? issue.message)]
    case 'invalid_union': {
      const branch = issue.errors.find((errors) => !errors.some(isAnotherForm))
      return branch === undefined
        ? [wrongValue(path, issue.message, suggestValue(path, value, []))]
        : branch.flatMap((inner) => explainIssue(inner, path, raw))
    }
    case 'invalid_value':
      if (path.at(-1) === 'queue' && value === 'latest') return [notYetValue(path, issue.message)]
      return [wrongValue(path, issue.message, suggestValue(path, value, issue.values.map(String)))]
    default:
      return [wrongValue(path, issue.message, suggestValue(path, value, []))]
  }
}

/** The branch of a union was not even meant: text where it takes an object, and the like. */
function isAnotherForm(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.every((errors) => errors.some(isAnotherForm))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function pathPart(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(raw: unknown, path: ConfigPath): unknown {
  let value = raw
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string | number, unknown>)[part]
  }
  return value
}

function missing(path: ConfigPath, message: string): Problem {
  const what = message.startsWith('must ') ? `is missing; it ${message}` : 'is missing'
  return { code: 'config/missing', path, at: 'key', message: what, suggestion: null }
}

function wrongKey(path: ConfigPath, message: string): Problem {
  return { code: 'config/wrong-value', path, at: 'key', message: sentence(message), suggestion: null }
}

function notYetValue(path: ConfigPath, message: string): Problem {
  return { code: 'config/not-supported-yet', path, at: 'value', message, suggestion: null }
}

function wrongValue(path: ConfigPath, message: string, suggestion: string | null): Problem {
  return { code: 'config/wrong-value', path, at: 'value', message: sentence(message), suggestion }
}

/** Messages go after the path; one that names the value is set off by a colon. */
function sentence(message: string): string {
  return /^(must|is|has|starts) /.test(message) ? message : `is wrong: ${message}`
}

function unknownKey(key: string, parent: ConfigPath): Problem {
  const path = [...parent, key]
  const planned = parent.includes('env') ? null : notYet(key)
  const keysHere = keysAt(parent)
  const suggestion = wordHere(key, keysHere) ?? nearestWord(key, keysHere)
  // A slip of the pen is likelier than a planned word only when the word is not planned at all.
  if (planned !== null) {
    return { code: 'config/not-supported-yet', path, at: 'key', message: planned, suggestion: null }
  }
  const never = suggestion === null ? neverHere(key, parent) : null
  if (never !== null) return { code: 'config/unknown-key', path, at: 'key', message: never, suggestion: null }
  const message = suggestion === null ? `is not a key here; ${elsewhere(key, keysHere)}` : 'is not a key here'
  return { code: 'config/unknown-key', path, at: 'key', message, suggestion }
}

/** Where a key that is right at another place belongs, or which keys there are. */
function elsewhere(key: string, keysHere: readonly string[]): string {
  const home = HOMES.find(({ path }) => keysAt(path).includes(key))
  return home === undefined
    ? `there are ${keysHere.map((word) => `\`${word}\``).join(', ')}`
    : `it belongs ${home.words}`
}

const HOMES: readonly { readonly path: ConfigPath; readonly words: string }[] = [
  { path: ['services', '*', 'pipeline', 0], words: 'in a stage of the pipeline' },
  { path: ['services', '*'], words: 'in a service' },
  { path: ['services', '*', 'run'], words: 'in `run`' },
  { path: ['services', '*', 'source'], words: 'in `source`' },
  { path: ['services', '*', 'build'], words: 'in `build`' },
  { path: [], words: 'at the top, beside `services`' },
  { path: ['services', '*', 'pipeline', 0, 'bake'], words: 'in `bake`' },
  { path: ['services', '*', 'pipeline', 0, 'window'], words: 'in `window`' },
  { path: ['services', '*', 'pipeline', 0, 'checks', 0], words: 'in one of the `checks`' },
  { path: ['listen'], words: 'in `listen`' },
]

/** The nearest right word for a value, where the right words are few enough to know. */
function suggestValue(path: ConfigPath, value: unknown, allowed: readonly string[]): string | null {
  if (typeof value !== 'string') return null
  if (path.at(-1) === 'zone') return nearestWord(value, knownZones())
  const isStep = path.at(-1) === 'step' || path.at(-1) === 'rollout' || path.at(-2) === 'rollout'
  return nearestWord(value, isStep ? ROLLOUT_WORDS : allowed)
}
