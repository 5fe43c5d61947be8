// Whether what a release would run is still there. The rules cannot know: what is thrown away is the store's business.
import type { ReleaseNumber } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { ArtifactStore } from '../ports/artifact-store.ts'

/** Undefined while it is there, or where the rules refuse the release anyway. */
export async function reclaimed(
  artifacts: Pick<ArtifactStore, 'has'>,
  state: ServiceState,
  release: ReleaseNumber,
): Promise<Refusal | undefined> {
  const build = state.releases[release]?.build
  if (build?.state !== 'done' || (await artifacts.has(build.artifact))) return undefined
  return {
    code: 'track/reclaimed',
    text: `the artifact of ${releaseName(release)} was thrown away, so it cannot run any more; put a newer release there, or deploy a commit that stands on it`,
  }
}
