// What an artifact consists of, in one canonical text. Its digest is the digest of that text, so two folders with the
// same files have the same name, whatever the order and the disk they were read in.

export type ListedEntry =
  /** Permission bits, as `755`. The owner may always write into a folder, or nobody could clear the copy away. */
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: number
      readonly sizeBytes: number
      /** Hexadecimal. */
      readonly sha256: string
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

const heading = 'sluice artifact 1'

/**
 * Paths are relative, with `/`, and byte strings: one character a byte, so that a name that is not UTF-8 survives.
 * Fields end in a zero byte, which no path contains.
 */
export function writeListing(entries: readonly ListedEntry[]): string {
  const lines = entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)).map(writeEntry)
  return `${heading}\0${lines.join('')}`
}

function writeEntry(entry: ListedEntry): string {
  switch (entry.kind) {
    case 'folder':
      return `folder\0${entry.mode.toString(8)}\0\0\0${entry.path}\0`
    case 'file':
      return `file\0${entry.mode.toString(8)}\0${entry.sizeBytes}\0${entry.sha256}\0${entry.path}\0`
    case 'link':
      return `link\0\0\0${entry.target}\0${entry.path}\0`
  }
}

/** Null when the text is not a listing. */
export function readListing(text: string): readonly ListedEntry[] | null {
  const fields = text.split('\0')
  if (fields[0] !== heading || fields.at(-1) !== '' || (fields.length - 2) % 5 !== 0) return null
  const entries: ListedEntry[] = []
  for (let at = 1; at < fields.length - 1; at += 5) {
    const entry = readEntry(fields.slice(at, at + 5))
    if (entry === null) return null
    entries.push(entry)
  }
  return entries
}

function readEntry(fields: readonly string[]): ListedEntry | null {
  const [kind, mode, size, content, path] = fields
  if (mode === undefined || size === undefined || content === undefined || path === undefined) return null
  // A listing that leads out of its folder was not written by us.
  if (path === '' || path.startsWith('/') || path.split('/').some((part) => part === '..' || part === ''))
    return null
  if (kind === 'link') return { kind, path, target: content }
  if (!/^[0-7]{1,4}$/.test(mode)) return null
  if (kind === 'folder') return { kind, path, mode: Number.parseInt(mode, 8) }
  if (kind !== 'file' || !/^\d+$/.test(size) || !/^[0-9a-f]{64}$/.test(content)) return null
  return { kind, path, mode: Number.parseInt(mode, 8), sizeBytes: Number(size), sha256: content }
}

export function listedBytes(entries: readonly ListedEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0)
}
