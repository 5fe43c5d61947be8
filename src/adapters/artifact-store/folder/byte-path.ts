// File names are bytes; they need not be UTF-8. Inside the store a name is a string with one character a byte.

export function bytePath(folder: string, ...names: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.from(folder)]
  for (const name of names) if (name !== '') parts.push(Buffer.from('/'), Buffer.from(name, 'latin1'))
  return Buffer.concat(parts)
}

/** For people: as UTF-8 where it is. */
export function shownPath(name: string): string {
  return Buffer.from(name, 'latin1').toString()
}
