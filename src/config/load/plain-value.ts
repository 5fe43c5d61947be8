// A config is data. What a program can hold beyond that is named, with its path, instead of being lost on the way.

export type PlainAnswer = {
  readonly hasDefault: true
  readonly value: unknown
  readonly wrong: readonly { readonly path: readonly (string | number)[]; readonly message: string }[]
}

type Wrong = { path: (string | number)[]; message: string }

/** Copies plain data; keys with `undefined` are left out, everything that JSON cannot hold is listed in `wrong`. */
export function plainValue(value: unknown): PlainAnswer {
  const wrong: Wrong[] = []
  return { hasDefault: true, value: copy(value, [], { wrong, around: [] }), wrong }
}

type Copying = { readonly wrong: Wrong[]; readonly around: readonly unknown[] }

function copy(value: unknown, path: (string | number)[], copying: Copying): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (copying.around.includes(value)) {
    copying.wrong.push({ path, message: 'leads back to something it is part of' })
    return null
  }
  const inner = { ...copying, around: [...copying.around, value] }
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => copy(item, [...path, index], inner))
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, [...path, key], inner)]))
  }
  copying.wrong.push({ path, message: `must be plain data, not ${describe(value)}` })
  return null
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`
  if (value === undefined) return 'undefined'
  return typeof value === 'number' ? String(value) : `a ${typeof value}`
}
