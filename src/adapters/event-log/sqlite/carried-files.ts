// What a backup carries beside the events, in tables of its own inside the copy: one file is all there is to keep.
import type { DatabaseSync } from 'node:sqlite'
import { text } from './rows.ts'

export type Carried = {
  /** Files of the state, by their path in it. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Artifacts that are needed, by digest; they are too large to come along. */
  readonly artifacts: readonly string[]
}

export function carry(copy: DatabaseSync, { files, artifacts }: Carried): void {
  copy.exec(`
    CREATE TABLE carried_files (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT;
    CREATE TABLE carried_artifacts (digest TEXT PRIMARY KEY) STRICT;
  `)
  const addFile = copy.prepare('INSERT INTO carried_files VALUES (?, ?)')
  for (const [name, content] of files) addFile.run(name, content)
  const addArtifact = copy.prepare('INSERT INTO carried_artifacts VALUES (?)')
  for (const digest of new Set(artifacts)) addArtifact.run(digest)
}

/** What was carried; it is taken out, so that what is left is a store like any other. */
export function unload(copy: DatabaseSync): Carried {
  const has = copy.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'carried_files'`).get() !== undefined
  if (!has) return { files: new Map(), artifacts: [] }
  const files = new Map(
    copy
      .prepare('SELECT name, content FROM carried_files')
      .all()
      .map((row) => [
        text(row, 'name'),
        row['content'] instanceof Uint8Array ? row['content'] : new Uint8Array(),
      ]),
  )
  const artifacts = copy
    .prepare('SELECT digest FROM carried_artifacts')
    .all()
    .map((row) => text(row, 'digest'))
  copy.exec('DROP TABLE carried_files; DROP TABLE carried_artifacts')
  return { files, artifacts }
}
