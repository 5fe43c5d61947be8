// What is different between two loaded configs. Whether a difference is allowed is for the rules to say.
import { isDeepStrictEqual } from 'node:util'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'

export type ConfigChange =
  | { readonly kind: 'service-added'; readonly service: string }
  | { readonly kind: 'service-removed'; readonly service: string }
  /** `keys` of the service that differ, the stages aside. */
  | { readonly kind: 'service-changed'; readonly service: string; readonly keys: readonly string[] }
  | { readonly kind: 'stage-added'; readonly service: string; readonly stage: string }
  | { readonly kind: 'stage-removed'; readonly service: string; readonly stage: string }
  | {
      readonly kind: 'stage-renamed'
      readonly service: string
      readonly stage: string
      readonly from: string
    }
  | {
      readonly kind: 'stage-changed'
      readonly service: string
      readonly stage: string
      readonly keys: readonly string[]
    }
  /** The stages that are in both stand in another order. */
  | { readonly kind: 'stages-reordered'; readonly service: string; readonly stages: readonly string[] }

/** Services in the order of the new config, those that went at the end. */
export function changed(
  before: readonly ServiceDefinition[],
  after: readonly ServiceDefinition[],
): readonly ConfigChange[] {
  const known = new Map(before.map((service) => [service.service, service]))
  const names = new Set(after.map((service) => service.service))
  return [
    ...after.flatMap((service): readonly ConfigChange[] => {
      const old = known.get(service.service)
      return old === undefined
        ? [{ kind: 'service-added', service: service.service }]
        : changedService(old, service)
    }),
    ...before
      .filter(({ service }) => !names.has(service))
      .map(({ service }): ConfigChange => ({ kind: 'service-removed', service })),
  ]
}

function changedService(before: ServiceDefinition, after: ServiceDefinition): readonly ConfigChange[] {
  const { service } = after
  const keys = differingKeys(before, after).filter((key) => key !== 'stages')
  return [
    ...(keys.length === 0 ? [] : [{ kind: 'service-changed', service, keys } as const]),
    ...changedStages(service, before.stages, after.stages),
  ]
}

function changedStages(
  service: string,
  before: readonly StageDefinition[],
  after: readonly StageDefinition[],
): readonly ConfigChange[] {
  const changes: ConfigChange[] = []
  const matched: StageDefinition[] = []
  for (const stage of after) {
    const old = formerStage(stage, before)
    if (old === undefined) {
      changes.push({ kind: 'stage-added', service, stage: stage.stage })
      continue
    }
    matched.push(old)
    if (old.stage !== stage.stage) {
      changes.push({ kind: 'stage-renamed', service, stage: stage.stage, from: old.stage })
    }
    const keys = differingKeys(old, stage).filter((key) => key !== 'stage' && key !== 'renamedFrom')
    if (keys.length > 0) changes.push({ kind: 'stage-changed', service, stage: stage.stage, keys })
  }
  for (const stage of before) {
    if (!matched.includes(stage)) changes.push({ kind: 'stage-removed', service, stage: stage.stage })
  }
  const isInOrder = isDeepStrictEqual(
    matched,
    before.filter((stage) => matched.includes(stage)),
  )
  if (!isInOrder)
    changes.push({ kind: 'stages-reordered', service, stages: after.map((stage) => stage.stage) })
  return changes
}

/** By its name; else by the name it had before. A `renamedFrom` that stays in the file after the rename means nothing. */
function formerStage(
  stage: StageDefinition,
  before: readonly StageDefinition[],
): StageDefinition | undefined {
  return (
    before.find((old) => old.stage === stage.stage) ?? before.find((old) => old.stage === stage.renamedFrom)
  )
}

function differingKeys<T extends object>(before: T, after: T): readonly string[] {
  const old = new Map<string, unknown>(Object.entries(before))
  return Object.entries(after)
    .filter(([key, value]) => !isDeepStrictEqual(old.get(key), value))
    .map(([key]) => key)
}
