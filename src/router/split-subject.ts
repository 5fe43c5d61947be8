// Whom a request comes from, as far as the split cares: the environment's own user key, else a cookie of ours.
import type { HeaderSet } from './http1/message-head.ts'
import type { UserKey } from '../domain/pipeline/definition.ts'

export const USER_COOKIE = 'sluice_user'
const USER_COOKIE_BYTES = 16
const YEAR_SECONDS = 31_536_000

export type SplitSubject = {
  readonly subject: string
  /** To be set on the answer, for a user who had none. */
  readonly setCookie: string | undefined
}

/** `randomHex(n)` gives n random bytes in hexadecimal. */
export function splitSubject(
  headers: HeaderSet,
  userKey: UserKey | null,
  randomHex: (bytes: number) => string,
): SplitSubject {
  const named = userKey === null ? undefined : namedUser(headers, userKey)
  if (named !== undefined) return { subject: named, setCookie: undefined }
  const kept = cookieValue(headers.header('cookie'), USER_COOKIE)
  if (kept !== undefined && /^[0-9a-f]{32}$/.test(kept)) return { subject: kept, setCookie: undefined }
  const subject = randomHex(USER_COOKIE_BYTES)
  const setCookie = `${USER_COOKIE}=${subject}; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`
  return { subject, setCookie }
}

function namedUser(headers: HeaderSet, userKey: UserKey): string | undefined {
  if (userKey.from === 'cookie') return cookieValue(headers.header('cookie'), userKey.name)
  const text = headers.header(userKey.name.toLowerCase())
  return text === '' ? undefined : text
}

/** The first cookie of that name; undefined when it is missing or empty. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    return value === '' ? undefined : value
  }
  return undefined
}
