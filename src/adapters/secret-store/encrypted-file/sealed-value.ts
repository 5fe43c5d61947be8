// One value, encrypted. Where it belongs is authenticated with it, so that no value can be moved to another name.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { environmentKey } from '../../../domain/names.ts'
import type { SecretPlace } from '../../../ports/secret-store.ts'
import type { SecretKey } from './secret-key.ts'

/** Fixed by the mode: any other length makes the counter repeat. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

export type Sealed = { readonly nonce: string; readonly data: string; readonly tag: string }

export function seal(key: SecretKey, place: SecretPlace, value: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(belonging(place))
  const data = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
  return {
    nonce: nonce.toString('base64'),
    data: data.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  }
}

/** Throws when the bytes, their place or the key are not those it was sealed with. */
export function unseal(key: SecretKey, place: SecretPlace, sealed: Sealed): string {
  const nonce = Buffer.from(sealed.nonce, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(belonging(place))
  decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'))
  return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]).toString(
    'utf8',
  )
}

/** Names hold no line break. */
function belonging({ environment, name, version }: SecretPlace): Buffer {
  return Buffer.from(`${environmentKey(environment)}\n${name}\n${version}`)
}
