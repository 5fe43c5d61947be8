// Forgets what nobody goes back to. Contents are shared between artifacts, so a content goes with its last artifact.
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ListedEntry, readListing } from '../../../domain/artifact/listing.ts'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import { objectPath } from './object-files.ts'

type Rule = Parameters<ArtifactStore['retain']>[0]
type Kept = {
  readonly digest: string
  readonly putAtMs: number
  readonly contents: ReadonlyMap<string, number>
}

export async function forgetBy(store: string, rule: Rule, nowMs: number): Promise<readonly string[]> {
  const artifacts = await readArtifacts(store)
  const uses = new Map<string, { count: number; readonly bytes: number }>()
  let bytes = 0
  for (const { contents } of artifacts) {
    for (const [sha256, size] of contents) {
      const use = uses.get(sha256)
      if (use !== undefined) use.count++
      else {
        uses.set(sha256, { count: 1, bytes: size })
        bytes += size
      }
    }
  }
  const gone: string[] = []
  for (const artifact of artifacts.toSorted(
    (a, b) => a.putAtMs - b.putAtMs || (a.digest < b.digest ? -1 : 1),
  )) {
    const isTooOld = nowMs - artifact.putAtMs > rule.olderThanMs
    if (rule.keep.has(artifact.digest) || (!isTooOld && bytes <= rule.bytesMax)) continue
    // The listing goes first: an artifact without one does not exist, whatever is still lying about.
    await rm(join(store, 'listings', artifact.digest), { force: true })
    gone.push(artifact.digest)
    for (const sha256 of artifact.contents.keys()) {
      const use = uses.get(sha256)
      if (use === undefined || --use.count > 0) continue
      bytes -= use.bytes
      uses.delete(sha256)
    }
  }
  await dropUnused(store, uses)
  return gone
}

async function readArtifacts(store: string): Promise<readonly Kept[]> {
  const artifacts: Kept[] = []
  for (const digest of await readdir(join(store, 'listings'))) {
    const path = join(store, 'listings', digest)
    const entries = readListing(await readFile(path, 'latin1')) ?? []
    artifacts.push({ digest, putAtMs: (await stat(path)).mtimeMs, contents: contentsOf(entries) })
  }
  return artifacts
}

function contentsOf(entries: readonly ListedEntry[]): ReadonlyMap<string, number> {
  return new Map(entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.sha256, entry.sizeBytes]] : [])))
}

/** Also what a put that died half way had already taken. */
async function dropUnused(store: string, uses: ReadonlyMap<string, unknown>): Promise<void> {
  for (const folder of await readdir(join(store, 'objects'))) {
    for (const sha256 of await readdir(join(store, 'objects', folder))) {
      if (!uses.has(sha256)) await rm(objectPath(store, sha256), { force: true })
    }
  }
}
