// What every secret store promises. Run it from an adapter's own tests: `secretStoreContract('encrypted file', createPlace)`.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SecretStore } from '../../ports/secret-store.ts'

/** Somewhere secrets can live. Opening it again finds what was there. */
export type SecretStorePlace = { open(): SecretStore; remove(): void }

const staging = { service: 'shop', stage: 'staging' }
const production = { service: 'shop', stage: 'production' }

export function secretStoreContract(name: string, createPlace: () => SecretStorePlace): void {
  describe(`secret store ${name}`, () => {
    let place: SecretStorePlace
    let secrets: SecretStore
    beforeEach(() => {
      place = createPlace()
      secrets = place.open()
    })
    afterEach(() => place.remove())

    test('versions of a name count from 1 and each keeps its own value', async () => {
      expect(await secrets.put(staging, 'TOKEN', 'first value')).toBe(1)
      expect(await secrets.put(staging, 'TOKEN', 'second value ü\n')).toBe(2)
      expect(await secrets.read({ environment: staging, name: 'TOKEN', version: 1 })).toBe('first value')
      expect(await secrets.read({ environment: staging, name: 'TOKEN', version: 2 })).toBe('second value ü\n')
    })

    test('environments and names do not see each other', async () => {
      await secrets.put(staging, 'TOKEN', 'of staging')
      expect(await secrets.put(production, 'TOKEN', 'of production')).toBe(1)
      expect(await secrets.put(staging, 'OTHER', 'another')).toBe(1)
      expect(await secrets.read({ environment: production, name: 'TOKEN', version: 1 })).toBe('of production')
    })

    test('a value is there after opening again', async () => {
      await secrets.put(staging, 'TOKEN', 'kept')
      expect(await place.open().read({ environment: staging, name: 'TOKEN', version: 1 })).toBe('kept')
    })

    test('a version that is not there is told by its name', async () => {
      const read = secrets.read({ environment: staging, name: 'TOKEN', version: 3 })
      await expect(read).rejects.toMatchObject({ code: 'secret-store/unknown' })
      await expect(read).rejects.toThrow(/shop\/staging has no version 3 of the secret TOKEN/)
    })

    test('what is not retained is forgotten, and its version is never given again', async () => {
      await secrets.put(staging, 'TOKEN', 'first')
      await secrets.put(staging, 'TOKEN', 'second')
      await secrets.put(production, 'TOKEN', 'elsewhere')
      await secrets.retain(staging, new Map([['TOKEN', new Set([1])]]))
      await expect(secrets.read({ environment: staging, name: 'TOKEN', version: 2 })).rejects.toMatchObject({
        code: 'secret-store/unknown',
      })
      expect(await secrets.read({ environment: staging, name: 'TOKEN', version: 1 })).toBe('first')
      expect(await secrets.read({ environment: production, name: 'TOKEN', version: 1 })).toBe('elsewhere')
      await secrets.retain(staging, new Map())
      expect(await secrets.put(staging, 'TOKEN', 'third')).toBe(3)
    })

    test('values are masked by their names, also where one is part of another', async () => {
      await secrets.put(staging, 'SHORT', 'swordfish')
      await secrets.put(staging, 'LONG', 'swordfish-and-chips')
      await secrets.put(production, 'ELSEWHERE', 'halibut')
      expect(await secrets.mask(staging, 'a swordfish-and-chips, a swordfish, a halibut')).toBe(
        'a [secret LONG], a [secret SHORT], a halibut',
      )
    })
  })
}
