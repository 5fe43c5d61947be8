// `like: production`: a stage that is to be as the other one, but for what is declared. What is different without a word
// is what production meets first.
import type { StageDefinition } from '../../domain/pipeline/definition.ts'
import { nearestWord } from '../explain/nearest-word.ts'
import type { ProblemList } from './problem-list.ts'

type Written = {
  readonly stage: string
  readonly like?: string | undefined
  readonly differs?: readonly string[] | undefined
}

/** What may differ without a word: how many, how long, who is asked; those make no other environment. */
const COMPARED = ['rollout', 'checks', 'traffic', 'judge', 'drainMs', 'portless'] as const
/** As people write them. */
const NAMES: Readonly<Record<string, string>> = { drainMs: 'drain' }

export function checkLikeness(
  written: readonly Written[],
  stages: readonly StageDefinition[],
  path: readonly (string | number)[],
  problems: ProblemList,
): void {
  for (const [index, { stage, like, differs = [] }] of written.entries()) {
    const place = [...path, index]
    if (like === undefined) {
      if (differs.length > 0) problems.add([...place, 'differs'], 'is for a stage that is `like` another one')
      continue
    }
    const own = stages[index]
    const other = stages.find((candidate) => candidate.stage === like && candidate.stage !== stage)
    if (!own || !other) {
      const names = stages.map((one) => one.stage).filter((name) => name !== stage)
      const near = nearestWord(like, names)
      problems.add(
        [...place, 'like'],
        `names no other stage${near === null ? '' : `; did you mean \`${near}\`?`}`,
      )
      continue
    }
    const found = differences(own, other)
    for (const difference of found)
      if (!differs.includes(difference))
        problems.add(
          [...place, 'like'],
          `is \`${like}\`, but ${difference} differs; make it alike, or add it to \`differs\``,
        )
    for (const [at, name] of differs.entries())
      if (!found.includes(name))
        problems.add([...place, 'differs', at], `says ${name}, which is alike; take it out`)
  }
}

/** By the names that `differs` takes: `checks`, `env.API_URL`. */
function differences(own: StageDefinition, other: StageDefinition): readonly string[] {
  const keys = COMPARED.filter(
    (key) => key !== 'rollout' && JSON.stringify(own[key]) !== JSON.stringify(other[key]),
  )
  const isReplaced = (stage: StageDefinition): boolean => stage.rollout.some(({ kind }) => kind === 'replace')
  const rollout = isReplaced(own) === isReplaced(other) ? [] : ['rollout']
  const names = [...new Set([...Object.keys(own.env), ...Object.keys(other.env)])].sort()
  const env = names.filter((name) => own.env[name] !== other.env[name]).map((name) => `env.${name}`)
  return [...rollout, ...keys.map((key) => NAMES[key] ?? key), ...env]
}
