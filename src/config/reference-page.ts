// The reference page of the config, made from the schema and the example, so that neither can be out of step.
import { alternatives, configJsonSchema, type JsonSchema } from './json-schema.ts'

/** Markdown. `example` is the text of the example that ships. */
export function referencePage(example: string): string {
  return [
    '# Configuration',
    'This page is made from the schema by `node scripts/reference-config.ts`; do not edit it by hand.',
    'A config is `sluice.config.ts` (or `.mts`, `.js`, `.mjs`), or `sluice.yaml`: the same keys, the same rules. ' +
      'Unknown keys are mistakes. `sluice config check` says what is wrong and where, `sluice config schema` prints the ' +
      'JSON Schema, `sluice config example` the example at the end of this page.',
    "A TypeScript or JavaScript config is evaluated by itself, within 10 seconds, and sees none of the server's " +
      'variables but `PATH`, `HOME`, `TMPDIR`, `LANG` and `TZ`. `sluice` need not be installed in its repository.',
    '## Words',
    words(),
    // An object that may stand alone or in a list would be described twice.
    ...new Set(tablesOf(configJsonSchema(), { path: '', title: 'At the top' })),
    '## Example',
    `\`\`\`ts\n${example.trimEnd()}\n\`\`\``,
  ]
    .join('\n\n')
    .concat('\n')
}

function words(): string {
  return [
    '- **durations**: `90s`, `10m`, `1h30m`, `2d`, `500ms`; `0` for none. A number without a unit is a mistake.',
    '- **sizes**: `512MB`, `1.5GB`, `10GiB`.',
    '- **days**: `mon-fri`, `mon,wed`, `sat-mon`, `every day`. **Hours**: `09:00-18:00`, within one day, up to `24:00`.',
    '- **one-box**: 1/instances of the traffic, at most 10%. **10%-at-a-time**: 10%, 20% … 100%. **25%**: any whole percent.',
    '- **blue-green**: all instances of the new release beside the old ones, then all the traffic at once. **rolling**: instance by instance. **replace**: the old instances stop first, for what may not run twice; must be the only step. **all-at-once**: all of it.',
    '- Steps grow and end at 100%; where the last step is missing, it is added.',
  ].join('\n')
}

type Section = { readonly path: string; readonly title: string }

/** The keys of this object as a table, then those of the objects inside it. */
function tablesOf(schema: JsonSchema, { path, title }: Section): readonly string[] {
  const objects = objectForms(schema)
  const tables = objects
    .filter((form) => form.properties !== undefined)
    .map((form) => [`## ${title}`, ...describe(schema, form), table(form)].join('\n\n'))
  const inner = objects.flatMap((form) => [
    ...Object.entries(form.properties ?? {}).flatMap(([key, value]) => {
      const below = path === '' ? key : `${path}.${key}`
      return tablesOf(value, { path: below, title: `\`${below}\`` })
    }),
    ...(form.additionalProperties ? named(form.additionalProperties, path) : []),
  ])
  return [...tables, ...inner]
}

function named(schema: JsonSchema, path: string): readonly string[] {
  return objectForms(schema).some((form) => form.properties !== undefined)
    ? tablesOf(schema, { path: `${path}.*`, title: `\`${path}.*\`` })
    : []
}

function describe(schema: JsonSchema, form: JsonSchema): readonly string[] {
  const text = schema.description ?? form.description
  return text === undefined ? [] : [text]
}

/** Objects that may stand here: themselves, or as items of a list. */
function objectForms(schema: JsonSchema): readonly JsonSchema[] {
  return alternatives(schema).flatMap((form) => {
    if (form.items !== undefined) return objectForms(form.items)
    return form.type === 'object' ? [form] : []
  })
}

function table(form: JsonSchema): string {
  const rows = Object.entries(form.properties ?? {}).map(([key, schema]) => {
    const isRequired = form.required?.includes(key) === true
    return `| \`${key}\` | ${cell(kind(schema))} | ${cell(fallback(schema, isRequired))} | ${cell(meaning(schema))} |`
  })
  return ['| key | takes | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function fallback(schema: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'must be there'
  return schema.default === undefined ? '' : `\`${writeValue(schema.default)}\``
}

function meaning(schema: JsonSchema): string {
  const example = schema.examples?.[0]
  const text =
    schema.description ??
    alternatives(schema).find((form) => form.description !== undefined)?.description ??
    ''
  return example === undefined ? text : `${text} Such as \`${writeValue(example)}\`.`
}

function writeValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function kind(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title
  const kinds = (schema.anyOf ?? [schema]).map((form) => {
    if (form.title !== undefined || form.anyOf !== undefined) return kind(form)
    if (form.enum !== undefined) return form.enum.map((value) => `\`${String(value)}\``).join(', ')
    if (form.const !== undefined) return `\`${JSON.stringify(form.const)}\``
    if (form.type === 'array') return 'list'
    if (form.type === 'object') return form.properties === undefined ? 'names and values' : 'object'
    return form.type === 'integer' ? 'whole number' : form.type === 'string' ? 'text' : (form.type ?? '')
  })
  return [...new Set(kinds)].join(' or ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
