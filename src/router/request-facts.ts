// A request's head as routing rules see it. Nothing is worked out that no rule asks for.
import type { UserKey } from '../domain/pipeline/definition.ts'
import type { RequestFacts } from '../domain/traffic/request-facts.ts'
import { cookieValue } from './split-subject.ts'

/** As much of a head as the choice of a release needs. */
export type RequestHead = {
  /** Value of the header of this lower-case name; the first, where there are several. */
  readonly header: (name: string) => string | undefined
  /** As the client named it, with a port perhaps. */
  readonly host: string
  /** Path and query. */
  readonly path: string
}

export function requestFacts(
  head: RequestHead,
  keys: { readonly userKey: UserKey | null; readonly customerKey?: UserKey },
  subject: string,
  claim: (name: string) => string | undefined,
): RequestFacts {
  const user = () => (keys.userKey === null ? undefined : keyed(head, keys.userKey))
  return {
    named: (from, name) => {
      switch (from) {
        case 'header':
          return head.header(name)
        case 'cookie':
          return cookieValue(head.header('cookie'), name)
        case 'query':
          return queryValue(head.path, name)
        case 'claim':
          return claim(name)
      }
    },
    host: () => head.host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase(),
    path: () => pathOnly(head.path),
    user,
    customer: () => (keys.customerKey === undefined ? user() : keyed(head, keys.customerKey)),
    subject: () => subject,
  }
}

/** What a header or cookie that names somebody holds; empty is nobody. */
export function keyed(head: Pick<RequestHead, 'header'>, key: UserKey): string | undefined {
  if (key.from === 'cookie') return cookieValue(head.header('cookie'), key.name)
  const value = head.header(key.name.toLowerCase())
  return value === '' ? undefined : value
}

function pathOnly(path: string): string {
  const query = path.indexOf('?')
  return query < 0 ? path : path.slice(0, query)
}

function queryValue(path: string, name: string): string | undefined {
  const query = path.indexOf('?')
  if (query < 0) return undefined
  return new URLSearchParams(path.slice(query + 1)).get(name) ?? undefined
}
