import { expect, test } from 'vitest'
import { alternatives, configJsonSchema, type JsonSchema, keysAt } from './json-schema.ts'
import { readConfig } from './read-config.ts'

type Key = { readonly path: string; readonly schema: JsonSchema }

function keys(schema: JsonSchema, path: string): readonly Key[] {
  return alternatives(schema).flatMap((form) => [
    ...Object.entries(form.properties ?? {}).flatMap(([key, inner]) => {
      const at = path === '' ? key : `${path}.${key}`
      return [{ path: at, schema: inner }, ...keys(inner, at)]
    }),
    ...(form.items === undefined ? [] : keys(form.items, `${path}.0`)),
    ...(form.additionalProperties ? keys(form.additionalProperties, `${path}.shop`) : []),
  ])
}

const ALL = keys(configJsonSchema(), '')

test('every key says what it means', () => {
  expect(ALL.length).toBeGreaterThan(50)
  const silent = ALL.filter(
    ({ schema }) =>
      !alternatives({ ...schema })
        .concat(schema)
        .some((form) => form.description),
  )
  expect(silent.map(({ path }) => path)).toEqual([])
})

test('the schema is closed: no object takes keys it does not name', () => {
  const open = ALL.flatMap(({ path, schema }) =>
    alternatives(schema)
      .filter((form) => form.properties !== undefined && form.additionalProperties !== false)
      .map(() => path),
  )
  expect(open).toEqual([])
})

test('keys are known at every depth', () => {
  expect(keysAt(['services', 'shop', 'pipeline', 0, 'bake'])).toEqual(['for', 'requests', 'own', 'atLeast'])
  expect(keysAt(['services', 'shop', 'run', 'health'])).toEqual(['path', 'wait'])
  expect(keysAt(['services', 'shop', 'pipeline', 0, 'env'])).toEqual([])
})

// A default that is written down must be the one that is filled in: writing it out changes nothing.
const DEFAULTED = ALL.filter(({ schema }) => schema.default !== undefined)

/** Of processes by any name: `web` has keys that the others have not. */
function named(path: string): string {
  return /steady|jobs/.test(path) ? path : path.replace('.processes.shop', '.processes.web')
}

test.each(DEFAULTED.map(({ path, schema }) => [named(path), schema.default] as const))(
  'writing out the default of %s changes nothing',
  (path, value) => {
    const [without, withDefault] = [baseFor(path), baseFor(path)]
    put(withDefault, path.split('.'), value)
    const [left, right] = [readConfig(without, '/repo'), readConfig(withDefault, '/repo')]
    expect(left).toMatchObject({ ok: true })
    expect(right).toEqual(left)
  },
)

test('there are defaults to compare', () => {
  expect(DEFAULTED.length).toBeGreaterThan(20)
})

/** A config in which the parent of the path is there, and good. */
function baseFor(path: string): unknown {
  const stage = { stage: 'production' }
  const how = path.includes('.processes.') ? {} : { run: { command: 'x' } }
  const base = { services: { shop: { ...how, pipeline: [stage, { stage: 'last' }] } } }
  const parent = path.split('.').slice(0, -1)
  if (path.includes('.processes.')) put(base, parent.slice(0, 4), { command: 'x' })
  const needed = path.includes('.window.')
    ? { zone: 'UTC' }
    : path.includes('.checks.')
      ? { http: '/' }
      : path.includes('.release.')
        ? { command: 'x' }
        : path.includes('.concurrency.')
          ? { perInstance: 1 }
          : {}
  if (parent.length > 4 || parent.at(-1) !== '0') put(base, parent, needed, true)
  return base
}

function put(target: unknown, path: readonly string[], value: unknown, keep = false): void {
  let current = target as Record<string, unknown>
  for (const [index, part] of path.entries()) {
    const isLast = index === path.length - 1
    if (isLast && !(keep && current[part] !== undefined)) current[part] = value
    else current[part] ??= path[index + 1] === '0' ? [] : {}
    current = current[part] as Record<string, unknown>
  }
}
