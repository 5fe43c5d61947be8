// What a team's own CI built, as it goes over the wire.
import { z } from '@hono/zod-openapi'
import { addedArtifactSchema } from './board.ts'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')

/** Largest archive that is taken, in bytes as they are sent. */
export const ARTIFACT_BYTES_MAX = 2 * 1024 ** 3
/** Longest provenance that is kept, in characters. */
export const PROVENANCE_MAX = 4_000
/** It goes in the address of the request, which a server reads up to 16 KB of. */
export const PROVENANCE_SENT_MAX = 12_000

export const keptArtifactSchema = z
  .object({ sha: z.string() })
  .extend(addedArtifactSchema.shape)
  .extend({ until: epochMs.describe('It is kept until then, unless its commit is merged') })
  .openapi('KeptArtifact')
export type KeptArtifact = z.infer<typeof keptArtifactSchema>

export const artifactOutcomeSchema = z
  .object({
    done: z.boolean(),
    refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
    text: z.string().describe('What it came to, in a sentence'),
    artifact: z.string().nullable().describe('Digest of what it holds'),
    checksum: z.string().nullable().describe('Of what was sent: sha256:…'),
    sizeBytes: z.number().nullable().describe('Of all its files'),
    release: z.number().int().nullable().describe('Null while its commit is not merged'),
  })
  .openapi('ArtifactOutcome')
export type ArtifactOutcome = z.infer<typeof artifactOutcomeSchema>

/** The whole name of a commit: one that is not merged yet cannot be guessed from less. */
export const WHOLE_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
export const CHECKSUM = /^(?:sha256:)?[0-9a-fA-F]{64}$/
