// What somebody says of a request, or of an event that never was a request, as rules see it.
import type { UserKey } from '../pipeline/definition.ts'
import { asByteText } from './byte-text.ts'
import type { RequestFacts } from './request-facts.ts'

export type AskedAbout = {
  /** Names of headers in any case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  /** Of a token that the asker has verified. */
  readonly claims?: Readonly<Record<string, string>>
  readonly host?: string | undefined
  readonly path?: string | undefined
  readonly user?: string | undefined
  readonly customer?: string | undefined
}

/** Whom a split places: the user, else the customer; who is neither stands where everybody unknown stands. */
export function askedFacts(
  asked: AskedAbout,
  keys: { readonly userKey: UserKey | null; readonly customerKey?: UserKey },
): RequestFacts {
  const headers = lowered(asked.headers ?? {})
  const cookies = asked.cookies ?? {}
  const bytes = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : asByteText(text)
  const keyed = (key: UserKey | null | undefined): string | undefined =>
    key
      ? ownValue(
          key.from === 'cookie' ? cookies : headers,
          key.from === 'cookie' ? key.name : key.name.toLowerCase(),
        )
      : undefined
  const user = (): string | undefined => bytes(asked.user ?? keyed(keys.userKey))
  const customer = (): string | undefined =>
    bytes(asked.customer ?? keyed(keys.customerKey)) ?? (keys.customerKey ? undefined : user())
  return {
    named: (from, name) => {
      switch (from) {
        case 'header':
          return bytes(ownValue(headers, name))
        case 'cookie':
          return bytes(ownValue(cookies, name))
        case 'query':
          return bytes(ownValue(asked.query ?? {}, name))
        case 'claim':
          return bytes(ownValue(asked.claims ?? {}, name))
      }
    },
    host: () => bytes(asked.host?.toLowerCase()),
    path: () => bytes(asked.path),
    user,
    customer,
    subject: () => user() ?? customer() ?? '',
  }
}

function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function lowered(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
