// One config out of several files: `extends` names what lies under it, and `defaults` what every service begins with.
// Where a value was written is remembered, so that mistakes and questions lead to the right file and line.
import type { ConfigPath } from '../config-mistake.ts'

/** One file's content, and what it lies over. */
export type Layer = { readonly file: string; readonly value: unknown }

/** Where a value of the merged config was written. */
export type Origin = { readonly file: string; readonly path: ConfigPath }

export type Merged = {
  readonly value: unknown
  /** The file and the place in it of what stands at a path; of the nearest thing above where nothing does. */
  readonly originOf: (path: ConfigPath) => Origin
}

type Node = { readonly origin: Origin; readonly value: unknown; readonly keys?: ReadonlyMap<string, Node> }

/** `layers`: the file itself first, then what it extends, nearest first. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const nodes = layers.map(({ file, value }) => nodeOf(file, value, []))
  const whole = withDefaults(nodes.reduceRight((under, over) => laidOver(over, under)))
  return { value: plainOf(whole), originOf: (path) => originAt(whole, path) }
}

function nodeOf(file: string, value: unknown, path: ConfigPath): Node {
  const origin = { file, path }
  if (!isMapping(value)) return { origin, value }
  const keys = new Map(
    Object.entries(value).map(([key, inner]) => [key, nodeOf(file, inner, [...path, key])]),
  )
  return { origin, value, keys }
}

/** Objects are merged key by key; everything else, lists too, is replaced. */
function laidOver(over: Node, under: Node): Node {
  if (over.keys === undefined || under.keys === undefined) return over
  const keys = new Map(over.keys)
  for (const [key, inner] of under.keys) {
    const known = over.keys.get(key)
    keys.set(key, known === undefined ? inner : laidOver(known, inner))
  }
  return { ...over, keys }
}

/** What every service begins with; a service that says how it is run does not take that from there as well. */
function withDefaults(whole: Node): Node {
  const defaults = whole.keys?.get('defaults')
  const services = whole.keys?.get('services')
  if (whole.keys === undefined || defaults?.keys === undefined || services?.keys === undefined) return whole
  const filled = new Map(
    [...services.keys].map(([name, service]) => [name, laidOver(service, withoutOther(defaults, service))]),
  )
  return { ...whole, keys: new Map([...whole.keys, ['services', { ...services, keys: filled }]]) }
}

const EITHER = [
  ['run', 'processes'],
  ['processes', 'run'],
] as const

function withoutOther(defaults: Node, service: Node): Node {
  const keys = new Map(defaults.keys)
  for (const [one, other] of EITHER) if (service.keys?.has(one)) keys.delete(other)
  return { ...defaults, keys }
}

function plainOf({ value, keys }: Node): unknown {
  if (keys === undefined) return value
  return Object.fromEntries([...keys].map(([key, node]) => [key, plainOf(node)]))
}

function originAt(node: Node, path: ConfigPath): Origin {
  const [part, ...rest] = path
  if (part === undefined) return node.origin
  const inner = typeof part === 'string' ? node.keys?.get(part) : undefined
  if (inner !== undefined) return originAt(inner, rest)
  // Inside a list, which is of one file whole; or at something that is missing.
  return { file: node.origin.file, path: [...node.origin.path, ...path] }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
