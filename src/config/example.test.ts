import { expect, test } from 'vitest'
import example from '../../examples/everything/sluice.config.ts'
import { EXAMPLE_FILE, readExample } from './example.ts'
import { alternatives, configJsonSchema, type JsonSchema } from './json-schema.ts'
import { loadConfig } from './load/load-config.ts'

test('the example that ships is a good config', async () => {
  const loaded = await loadConfig(EXAMPLE_FILE)
  expect(loaded).toMatchObject({ ok: true })
  expect(await readExample()).toContain('export default defineConfig(')
})

test('the example shows every key there is', () => {
  const shown = new Set<string>()
  collect(example, configJsonSchema(), '', shown)
  // These are the other way of saying what the example says.
  const others = [
    'services.*.build.elsewhere',
    'services.*.run.userKey.header',
    'services.*.run.customerKey.cookie',
    'services.*.run.tokens.cookie',
    'services.*.processes.*.health',
    'services.*.processes.*.health.path',
    'services.*.processes.*.health.wait',
    'services.*.processes.*.protocol',
    'services.*.processes.*.userKey',
    'services.*.processes.*.userKey.cookie',
    'services.*.processes.*.userKey.header',
    'services.*.processes.*.customerKey',
    'services.*.processes.*.customerKey.cookie',
    'services.*.processes.*.customerKey.header',
    'services.*.processes.*.tokens',
    'services.*.processes.*.tokens.keys',
    'services.*.processes.*.tokens.issuer',
    'services.*.processes.*.tokens.audience',
    'services.*.processes.*.tokens.cookie',
    'services.*.processes.*.concurrency',
    'services.*.processes.*.concurrency.perInstance',
    'services.*.processes.*.concurrency.waiting',
    'services.*.processes.*.concurrency.wait',
    'services.*.processes.*.metrics',
    'services.*.processes.*.needs',
    'services.*.pipeline.analysis.datadog.url',
    'services.*.pipeline.maintenance',
    'services.*.pipeline.promote',
    'extends',
    'notify.webhook.secretFrom.file',
  ]
  expect(everyKey(configJsonSchema(), '').filter((key) => !shown.has(key))).toEqual(others)
})

function everyKey(schema: JsonSchema, path: string): readonly string[] {
  return [
    ...new Set(
      alternatives(schema).flatMap((form) => [
        ...Object.entries(form.properties ?? {}).flatMap(([key, inner]) => {
          const at = path === '' ? key : `${path}.${key}`
          return [at, ...everyKey(inner, at)]
        }),
        ...(form.items === undefined ? [] : everyKey(form.items, path)),
        ...(form.additionalProperties ? everyKey(form.additionalProperties, `${path}.*`) : []),
      ]),
    ),
  ]
}

function collect(value: unknown, schema: JsonSchema, path: string, shown: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const form of alternatives(schema)) {
    for (const [key, item] of Object.entries(value)) {
      const inner = Array.isArray(value) ? form.items : (form.properties?.[key] ?? form.additionalProperties)
      if (!inner) continue
      const isKey = !Array.isArray(value) && form.properties?.[key] !== undefined
      const at = Array.isArray(value) ? path : isKey ? (path === '' ? key : `${path}.${key}`) : `${path}.*`
      if (isKey) shown.add(at)
      collect(item, inner, at, shown)
    }
  }
}
