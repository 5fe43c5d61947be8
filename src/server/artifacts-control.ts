import type { ArtifactOutcome, KeptArtifact } from '../api/artifact.ts'

/** What the HTTP server asks about artifacts that a team's own CI built. */
export interface ArtifactsControl {
  /** Reads `archive` to its end, or refuses. `checksum` is `sha256:…` of all its bytes; null: it is not compared. */
  add(request: {
    readonly service: string
    readonly sha: string
    readonly checksum: string | null
    readonly provenance: string | null
    readonly person: string
    readonly archive: AsyncIterable<Uint8Array>
  }): Promise<ArtifactOutcome>
  /** Those whose commit is not merged yet, oldest first. */
  kept(service: string): Promise<readonly KeptArtifact[]>
}
