import { failure } from './sqlite-failure.ts'

/** The text of what is to be stored; throws when it could not be read back as it is. */
export function jsonText(value: unknown, what: string): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw notJson(what, error)
  }
  if (text === undefined) throw notJson(what, undefined)
  return text
}

function notJson(what: string, cause: unknown) {
  return failure(
    'not-json',
    `The data of ${what} is not JSON, so it cannot be stored: nothing was written`,
    'never',
    cause,
  )
}
