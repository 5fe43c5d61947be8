// Which names and addresses mean this machine and nothing else.
import { isIP } from 'node:net'

export function isLoopbackAddress(address: string): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** `localhost`, a name under it, or a loopback address; what a Host header may say without its port. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name)
}

/** The name in a Host header or origin, in lower case, without port and brackets; null when it is not one. */
export function hostName(host: string): string | null {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host)
  const name = found?.[1] ?? found?.[2]
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, '')
}

/** The name in an Origin or Referer header; null for `null` and what is no URL. */
export function originName(origin: string): string | null {
  return URL.canParse(origin) ? hostName(new URL(origin).host) : null
}
