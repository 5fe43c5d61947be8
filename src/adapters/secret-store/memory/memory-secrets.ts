// Secrets that last as long as the process, for the simulation and for tests.
import { environmentKey } from '../../../domain/names.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'

/** `values` is what is kept: two openings of the same one see the same secrets. */
export function createMemorySecrets(values: Map<string, (string | undefined)[]> = new Map()): SecretStore {
  const rowsOf = (environment: Parameters<SecretStore['mask']>[0]) =>
    [...values].flatMap(([place, versions]) =>
      place.startsWith(`${environmentKey(environment)}/`)
        ? [{ place, name: place.slice(environmentKey(environment).length + 1), versions }]
        : [],
    )
  return {
    put: async (environment, name, value) => {
      const place = `${environmentKey(environment)}/${name}`
      const versions = values.get(place) ?? []
      values.set(place, [...versions, value])
      return versions.length + 1
    },
    read: async ({ environment, name, version }) => {
      const place = environmentKey(environment)
      const value = values.get(`${place}/${name}`)?.[version - 1]
      if (value !== undefined) return value
      throw new PortFailure(`${place} has no version ${version} of the secret ${name}`, {
        code: 'secret-store/unknown',
        again: 'never',
      })
    },
    retain: async (environment, keep) => {
      for (const { place, name, versions } of rowsOf(environment))
        values.set(
          place,
          versions.map((value, index) => (keep.get(name)?.has(index + 1) === true ? value : undefined)),
        )
    },
    mask: async (environment, text) =>
      rowsOf(environment)
        .flatMap(({ name, versions }) => versions.flatMap((value) => (value ? [{ name, value }] : [])))
        .toSorted((a, b) => b.value.length - a.value.length)
        .reduce((masked, { name, value }) => masked.replaceAll(value, `[secret ${name}]`), text),
    trouble: async () => undefined,
  }
}
