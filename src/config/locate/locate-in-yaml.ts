import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { ConfigPath } from '../config-mistake.ts'
import { type Place, placeOf } from './place.ts'

/** Where in a YAML config a value was written. A missing key is placed at its parent. */
export function locateInYaml(
  document: Document,
  source: string,
  path: ConfigPath,
  at: 'key' | 'value',
): Place {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [index, part] of path.entries()) {
    const found = step(follow(node, document), part)
    if (found === null) break
    const isLast = index === path.length - 1
    offset = (isLast && at === 'value' ? startOf(found.value) : null) ?? startOf(found.key) ?? offset
    node = found.value
  }
  return placeOf(source, offset)
}

type Found = { readonly key: unknown; readonly value: unknown }

function step(node: unknown, part: string | number): Found | null {
  if (typeof part === 'number') {
    const item = isSeq(node) ? node.items[part] : undefined
    return item === undefined ? null : { key: item, value: item }
  }
  if (!isMap(node)) return null
  const pair: Pair | undefined = node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
  return pair === undefined ? null : { key: pair.key, value: pair.value }
}

function follow(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null
}
