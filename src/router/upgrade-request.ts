// Which requests may leave HTTP behind on their connection.
import { FIELD } from './http1/field-names.ts'
import type { RequestHead } from './http1/request-head.ts'

/**
 * Upgrades that are passed on (WebSocket and any other). HTTP/2 in clear text is not: behind such a connection requests
 * would pass that nobody here reads. Neither is one with a body, whose end no two servers agree on. Both go on as
 * requests without upgrade.
 */
export function isUpgradeToPassOn(head: RequestHead): boolean {
  if (head.method !== 'GET' || !head.isHttp11 || head.connection === undefined) return false
  if (!/(?:^|[\s,])upgrade(?:$|[\s,])/i.test(head.connection) || head.framing.kind !== 'none') return false
  const wish = head.joined(FIELD.upgrade)?.toLowerCase()
  if (wish === undefined || wish === '' || head.joined(FIELD.expect) !== undefined) return false
  return !wish.split(/[\s,]+/).some((protocol) => protocol.startsWith('h2') || protocol.startsWith('http'))
}
