// The smallest artifact store that behaves: folders named by the digest of what they hold.
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactStore } from '../../../../ports/artifact-store.ts'
import { PortFailure } from '../../../../ports/port-failure.ts'

export type FolderArtifacts = Pick<ArtifactStore, 'lay'> & {
  /** Keeps these files (name: content) as an artifact; the same twice is the same. Returns the digest. */
  make(files: Readonly<Record<string, string>>): Promise<string>
}

export function createFolderArtifacts(folder: string): FolderArtifacts {
  return {
    make: async (files) => {
      const digest = digestOf(files)
      await mkdir(join(folder, digest), { recursive: true })
      for (const [name, content] of Object.entries(files))
        await writeFile(join(folder, digest, name), content)
      return digest
    },
    lay: async (digest, to) => {
      const from = join(folder, digest)
      const files: Record<string, string> = {}
      for (const name of await readdir(from).catch(() => [])) {
        files[name] = await readFile(join(from, name), 'utf8')
      }
      if (digestOf(files) !== digest) {
        throw new PortFailure(`artifact ${digest} is not what was kept`, {
          code: 'artifact/damaged',
          again: 'never',
        })
      }
      await cp(from, to, { recursive: true })
    },
  }
}

function digestOf(files: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))
  return `sha256-${createHash('sha256').update(JSON.stringify(sorted)).digest('hex')}`
}
