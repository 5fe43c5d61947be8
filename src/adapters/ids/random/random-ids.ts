import { randomBytes } from 'node:crypto'
import type { Ids } from '../../../ports/ids.ts'

/** 100 random bits: the chance that a store of a billion ids holds the same one twice is below 10^-12. */
const digits = 20
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

export function createRandomIds(): Ids {
  return {
    next: (prefix) => `${prefix}_${Array.from(randomBytes(digits), (byte) => alphabet[byte & 31]).join('')}`,
  }
}
