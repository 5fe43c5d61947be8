// Artifacts that a team's own CI built: into the store first, then into the service's stream, which decides.
import { rm } from 'node:fs/promises'
import type { ArtifactOutcome } from '../api/artifact.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import { addedFor, refuseAdding, UNMERGED_KEPT_MS } from '../domain/service/added-artifact.ts'
import { describe } from '../domain/service/describe.ts'
import { releaseName } from '../domain/release-number.ts'
import type { ArtifactStore } from '../ports/artifact-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { ArtifactsControl } from '../server/artifacts-control.ts'
import { BadArchive } from './archive/bad-archive.ts'
import { takeArchive, type Taken } from './take-archive.ts'

/** Each takes disk for its archive's content while it comes in. */
const AT_ONCE_MAX = 4

export function createArtifactsControl(parts: {
  readonly coordinator: Pick<Coordinator, 'state' | 'handle'>
  readonly artifacts: Pick<ArtifactStore, 'put'>
  /** Ours alone; what a server that died left there is removed. */
  readonly uploads: string
  readonly clock: Clock
}): ArtifactsControl {
  const { coordinator, clock } = parts
  let atOnce = 0
  // What cannot be removed is in nobody's way but the disk's.
  const swept = rm(parts.uploads, { recursive: true, force: true }).catch(() => undefined)

  const take = async (
    archive: AsyncIterable<Uint8Array>,
    checksum: string | null,
  ): Promise<Taken | { readonly refusal: { readonly code: string; readonly text: string } }> => {
    if (atOnce >= AT_ONCE_MAX)
      return {
        refusal: {
          code: 'artifact/busy',
          text: `${AT_ONCE_MAX} artifacts are coming in already, and that is the most; send it again in a minute`,
        },
      }
    atOnce += 1
    try {
      await swept
      return await takeArchive(parts, archive, checksum)
    } catch (error) {
      if (error instanceof BadArchive) return { refusal: { code: error.code, text: error.message } }
      throw error
    } finally {
      atOnce -= 1
    }
  }

  return {
    kept: async (service) =>
      Object.entries(coordinator.state(service).artifacts ?? {})
        .map(([sha, added]) => ({ sha, ...added, until: added.at + UNMERGED_KEPT_MS }))
        .toSorted((left, right) => left.at - right.at),
    add: async ({ service, sha, checksum, provenance, person, archive }) => {
      // Nobody sends a gigabyte to be told what was known before.
      const early = refuseAdding(coordinator.state(service), sha)
      if (early) return refused(early.refusal)
      const taken = await take(archive, checksum)
      if ('refusal' in taken) return refused(taken.refusal)
      const outcome = await coordinator.handle(service, {
        type: 'add-artifact',
        sha,
        ...taken,
        provenance,
        at: clock.now(),
        by: { kind: 'person', name: person },
      })
      if (!outcome.done) return refused(outcome.refusal)
      const state = coordinator.state(service)
      const release =
        Object.values(state.releases).findLast(({ change }) => change.sha === sha)?.release ?? null
      const first = addedFor(state, sha)
      const text =
        outcome.events.length > 0
          ? outcome.events.map(describe).join('; ')
          : `${release === null ? sha.slice(0, 10) : releaseName(release)} has this very artifact already; nothing to do`
      return {
        done: true,
        refusal: null,
        text,
        artifact: taken.artifact,
        checksum: first?.checksum ?? taken.checksum,
        sizeBytes: taken.sizeBytes,
        release,
      }
    },
  }
}

function refused(refusal: { readonly code: string; readonly text: string }): ArtifactOutcome {
  return {
    done: false,
    refusal,
    text: refusal.text,
    artifact: null,
    checksum: null,
    sizeBytes: null,
    release: null,
  }
}
