import type { Environment } from '../domain/names.ts'

/** Which value is meant. Versions of one name in one environment are numbered from 1 and never reused. */
export type SecretPlace = {
  readonly environment: Environment
  readonly name: string
  readonly version: number
}

/**
 * Where secret values are. Nothing else keeps one: events, plans, records of instances and answers hold the version
 * only, and whoever starts an instance asks for the value at that moment.
 */
export interface SecretStore {
  /** Keeps a further value and returns its version once it is on disk. Calls may overlap. Fails as `read` does. */
  put(environment: Environment, name: string, value: string): Promise<number>
  /**
   * The value. Fails with `secret-store/no-key` (nothing to decrypt with), `secret-store/wrong-key` (it was encrypted with
   * another), `secret-store/unknown`, `secret-store/damaged`, `secret-store/unreadable`; no failure carries a value.
   */
  read(place: SecretPlace): Promise<string>
  /** Forgets the values of an environment that are not named, by name and versions. Idempotent. */
  retain(environment: Environment, keep: ReadonlyMap<string, ReadonlySet<number>>): Promise<void>
  /** The text with every value of this environment that stands in it replaced by its name. Never fails. */
  mask(environment: Environment, text: string): Promise<string>
  /** What is wrong with the key or the file; undefined when every value can be read. */
  trouble(): Promise<{ readonly code: string; readonly message: string } | undefined>
}
