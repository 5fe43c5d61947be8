// A CI of the team's own: mostly it adds what it built of a merged commit, sometimes before that is merged, sometimes
// the same once more, sometimes another one, which is refused.
import type { PersonCommand } from '../src/domain/service/command.ts'
import { addedFor, isMissing } from '../src/domain/service/added-artifact.ts'
import type { ServiceState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'
import type { Git } from './world/git.ts'

type ArtifactWish = Omit<Extract<PersonCommand, { type: 'add-artifact' }>, 'at' | 'by'>

export function drawArtifactAct(random: Random, state: ServiceState, git: Git): ArtifactWish | undefined {
  const { definition } = state
  if (!definition?.build.elsewhere) return undefined
  const missing = Object.values(state.releases).filter((release) => isMissing(definition, release))
  if (missing.length > 0 && random.chance(0.75)) return wishOf(random, state, random.pick(missing).change.sha)
  return random.chance(0.15) ? wishOf(random, state, git.head()) : undefined
}

function wishOf(random: Random, state: ServiceState, sha: string): ArtifactWish {
  const isOther = addedFor(state, sha) !== undefined && random.chance(0.5)
  return {
    type: 'add-artifact',
    sha,
    artifact: isOther ? `sha256-other-${sha}` : `sha256-${sha}`,
    sizeBytes: 1_000,
    checksum: `sha256:${'0'.repeat(64)}`,
    provenance: null,
  }
}
