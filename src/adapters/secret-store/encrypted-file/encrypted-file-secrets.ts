import { environmentKey, type Environment } from '../../../domain/names.ts'
import { asPortFailure, PortFailure } from '../../../ports/port-failure.ts'
import type { SecretPlace, SecretStore } from '../../../ports/secret-store.ts'
import { seal, unseal } from './sealed-value.ts'
import { readSecretFile, type SecretRow, writeSecretFile } from './secret-file.ts'
import { KEY_VARIABLE, type KeyPlace, makeKey, readKey, type SecretKey } from './secret-key.ts'

/** Shorter values are words of every text; masking them would make output unreadable and hide nothing. */
const MASKED_CHARACTERS_MIN = 4

export type EncryptedFileOptions = {
  readonly file: string
  readonly key: KeyPlace
}

/** Values in one file, each sealed with AES-256-GCM. The key is looked for at every question, so a mended one counts. */
export function createEncryptedFileSecrets({ file, key: place }: EncryptedFileOptions): SecretStore {
  const rowsOf = (environment: Environment): readonly SecretRow[] =>
    readSecretFile(file).secrets.filter((row) => isIn(environment, row))

  const open = (row: SecretRow): string => {
    const key = keyFor(place, file, row)
    try {
      return unseal(key, placeOf(row), row)
    } catch {
      // The cipher only says that something is wrong: the bytes, or where they were put.
      throw new PortFailure(
        `the secret ${row.name} of ${row.service}/${row.stage} (version ${row.version}) in ${file} is damaged: set it again, or put the file back from a backup`,
        { code: 'secret-store/damaged', again: 'never' },
      )
    }
  }

  return {
    put: async (environment, name, value) => {
      const known = readSecretFile(file)
      const key = keyToWrite(place, file, known.secrets)
      const counter = `${environmentKey(environment)}/${name}`
      const version = (known.newest[counter] ?? 0) + 1
      const sealed = seal(key, { environment, name, version }, value)
      const row = { ...environment, name, version, key: key.id, ...sealed }
      writeSecretFile(file, {
        ...known,
        newest: { ...known.newest, [counter]: version },
        secrets: [...known.secrets, row],
      })
      return version
    },
    read: async ({ environment, name, version }) => {
      const row = rowsOf(environment).find((one) => one.name === name && one.version === version)
      if (row) return open(row)
      throw new PortFailure(
        `${environmentKey(environment)} has no version ${version} of the secret ${name} in ${file}: set it again, or put the file back from a backup`,
        { code: 'secret-store/unknown', again: 'never' },
      )
    },
    retain: async (environment, keep) => {
      const known = readSecretFile(file)
      const secrets = known.secrets.filter(
        (row) => !isIn(environment, row) || keep.get(row.name)?.has(row.version) === true,
      )
      if (secrets.length < known.secrets.length) writeSecretFile(file, { ...known, secrets })
    },
    mask: async (environment, text) => {
      if (text === '') return text
      const values = rowsToMask(() => rowsOf(environment)).flatMap((row) => valueToMask(row, open))
      // Longest first: a value may be part of another.
      return values
        .toSorted((a, b) => b.value.length - a.value.length)
        .reduce((masked, { name, value }) => masked.replaceAll(value, `[secret ${name}]`), text)
    },
    trouble: async () => {
      try {
        for (const row of readSecretFile(file).secrets) open(row)
        readKey(place)
        return undefined
      } catch (error) {
        const { code, message } = asPortFailure(error)
        return { code, message }
      }
    },
  }
}

function isIn({ service, stage }: Environment, row: SecretRow): boolean {
  return row.service === service && row.stage === stage
}

function placeOf({ service, stage, name, version }: SecretRow): SecretPlace {
  return { environment: { service, stage }, name, version }
}

function keyFor(place: KeyPlace, file: string, row: SecretRow): SecretKey {
  const key = readKey(place)
  const wants = `${file} was encrypted with key ${row.key}`
  const where = `the variable ${KEY_VARIABLE} or ${place.file} (mode 600)`
  if (key === undefined)
    throw new PortFailure(`${wants}, and no key is here: put it into ${where}`, {
      code: 'secret-store/no-key',
      again: 'retry',
    })
  if (key.id !== row.key)
    throw new PortFailure(`${wants}, but the key here is ${key.id}: put the right one into ${where}`, {
      code: 'secret-store/wrong-key',
      again: 'retry',
    })
  return key
}

/** A key is only made where nothing is encrypted yet: beside older values a new one would hide that theirs is lost. */
function keyToWrite(place: KeyPlace, file: string, rows: readonly SecretRow[]): SecretKey {
  const newest = rows.at(-1)
  return newest === undefined ? (readKey(place) ?? makeKey(place)) : keyFor(place, file, newest)
}

function rowsToMask(read: () => readonly SecretRow[]): readonly SecretRow[] {
  try {
    return read()
  } catch {
    // No value could be handed out either, so none can stand in the text by our doing.
    return []
  }
}

function valueToMask(
  row: SecretRow,
  open: (row: SecretRow) => string,
): readonly { name: string; value: string }[] {
  try {
    const value = open(row)
    return value.length < MASKED_CHARACTERS_MIN ? [] : [{ name: row.name, value }]
  } catch {
    // As above.
    return []
  }
}
