// The JSON Schema of the config, for editors (`# yaml-language-server: $schema=…`), the reference page, and for
// finding which keys there are at a place.
import { z } from 'zod'
import type { ConfigPath } from './config-mistake.ts'
import { configSchema } from './schema/config-schema.ts'

export type JsonSchema = {
  readonly title?: string
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | false
  readonly propertyNames?: JsonSchema
  readonly required?: readonly string[]
}

let made: JsonSchema | undefined

/** What people may write, as JSON Schema 2020-12. */
export function configJsonSchema(): JsonSchema {
  made ??= {
    ...(z.toJSONSchema(configSchema, { io: 'input', override: keepWhatWasSaid }) as JsonSchema),
    title: 'Configuration of Sluice',
  }
  return made
}

/** Zod leaves out defaults and examples of what it transforms; ours are written the way people write them. */
function keepWhatWasSaid({ zodSchema, jsonSchema }: SchemaPair): void {
  const said = z.globalRegistry.get(zodSchema)
  for (const key of ['title', 'default', 'examples'] as const) {
    if (said?.[key] !== undefined) Object.assign(jsonSchema, { [key]: said[key] })
  }
}

type SchemaPair = { readonly zodSchema: z.core.$ZodType; readonly jsonSchema: object }

/** The forms a schema allows: its alternatives, or itself. */
export function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(alternatives)
}

/** Keys that may stand in the object at a path; none where there is no object. */
export function keysAt(path: ConfigPath): readonly string[] {
  return schemasAt(path).flatMap((schema) => Object.keys(schema.properties ?? {}))
}

function schemasAt(path: ConfigPath): readonly JsonSchema[] {
  let schemas = alternatives(configJsonSchema())
  for (const part of path) schemas = schemas.flatMap((schema) => below(schema, part)).flatMap(alternatives)
  return schemas
}

function below(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') return schema.items === undefined ? [] : [schema.items]
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, part)) {
    const found = schema.properties[part]
    return found === undefined ? [] : [found]
  }
  return schema.additionalProperties ? [schema.additionalProperties] : []
}
