// What a team's own CI built for a commit, and how long Sluice waits for it. The first artifact of a commit stands; one
// that comes before its commit is kept for a while.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import { machine } from '../names.ts'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import type { MachineCommand, PersonCommand } from './command.ts'
import { accept, nothing, refuse, type Decision, type Refused } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import type { GateReason } from './gate-reason.ts'
import { keptRef } from './off-line.ts'
import type { Release, ServiceState } from './state.ts'

export type AddedArtifact = {
  readonly artifact: string
  readonly sizeBytes: number
  /** `sha256:…` of what was sent. */
  readonly checksum: string
  /** Words of whoever added it: how and where it was built. */
  readonly provenance: string | null
  readonly at: EpochMs
  readonly by: Actor
}

/** An artifact whose commit is not merged yet is kept for so long. */
export const UNMERGED_KEPT_MS = 7 * 24 * 3_600_000
/** And so many of them, per service. */
export const UNMERGED_MAX = 100

type Of<Type extends (PersonCommand | MachineCommand)['type']> = Extract<
  PersonCommand | MachineCommand,
  { type: Type }
>
export type ArtifactCommand = Of<'add-artifact' | 'forget-artifact' | 'give-up-artifact'>

export function decideArtifact(state: ServiceState, command: ArtifactCommand): Decision {
  switch (command.type) {
    case 'add-artifact':
      return addArtifact(state, command)
    case 'forget-artifact':
      return forgetArtifact(state, command)
    case 'give-up-artifact':
      return giveUpArtifact(state, command)
  }
}

function addArtifact(state: ServiceState, command: Of<'add-artifact'>): Decision {
  const { sha, artifact, sizeBytes, checksum, provenance, at, by } = command
  const refusal = refuseAdding(state, sha)
  if (refusal) return refusal
  const releases = ofCommit(state, sha)
  const first = addedFor(state, sha)
  // The same once more adds nothing; but where it was no longer kept, it is by now.
  if (first?.artifact === artifact)
    return accept(
      ...releases
        .filter(({ build }) => build.state === 'failed' && build.fault === 'builder')
        .map(({ release }): ServiceEvent => ({ type: 'build-retried', release, at, by })),
    )
  if (first) return anotherStands(state, sha, first.artifact, addedText(first))
  const built = releases.find(({ build }) => build.state === 'done')?.build
  if (built?.state === 'done')
    return built.artifact === artifact
      ? nothing
      : anotherStands(state, sha, built.artifact, 'built here, before this service was built elsewhere')
  const added: ServiceEvent = {
    type: 'artifact-added',
    release: releases.at(-1)?.release ?? null,
    sha,
    artifact,
    sizeBytes,
    checksum,
    provenance,
    at,
    by,
  }
  // What was given up for want of it goes on.
  const again = releases.filter(({ build }) => build.state === 'failed')
  return accept(
    added,
    ...again.map(({ release }): ServiceEvent => ({ type: 'build-retried', release, at, by })),
  )
}

/** What is refused whatever the artifact is: asked before one is sent, too. */
export function refuseAdding(state: ServiceState, sha: string): Refused | undefined {
  const service = state.definition?.service ?? ''
  if (!state.definition?.build.elsewhere)
    return refuse(
      'artifact/built-here',
      `${service} is built by Sluice itself; write build: 'elsewhere' in its configuration to add what your own CI builds`,
    )
  const waiting = Object.keys(state.artifacts ?? {})
  const isKnown = waiting.includes(sha) || ofCommit(state, sha).length > 0
  if (!isKnown && waiting.length >= UNMERGED_MAX)
    return refuse(
      'artifact/too-many-waiting',
      `${UNMERGED_MAX} artifacts of ${service} wait for a commit that is not merged, and that is the most; add artifacts of the branch ${state.definition.source.branch} only`,
    )
  return undefined
}

function anotherStands(state: ServiceState, sha: string, artifact: string, how: string): Decision {
  const release = ofCommit(state, sha).at(-1)
  const whose = release ? `${releaseName(release.release)} (${sha.slice(0, 10)})` : sha.slice(0, 10)
  return refuse(
    'artifact/other-stands',
    `there is an artifact of ${whose} already, ${artifact.slice(0, 19)}, ${how}, and it stands: what was judged is what goes on. Merge a new commit to build anew`,
  )
}

function forgetArtifact(state: ServiceState, { sha, at, by }: Of<'forget-artifact'>): Decision {
  const kept = state.artifacts?.[sha]
  if (!kept || at < kept.at + UNMERGED_KEPT_MS) return nothing
  return accept({ type: 'artifact-forgotten', sha, artifact: kept.artifact, at, by })
}

function giveUpArtifact(state: ServiceState, { release: number, at, by }: Of<'give-up-artifact'>): Decision {
  const release = state.releases[number]
  const service = state.definition
  if (!release || !service || !isMissing(service, release) || at < missingUntil(service, release))
    return nothing
  return accept({
    type: 'build-failed',
    release: number,
    attempt: release.build.attempt,
    fault: 'limit',
    message: `nobody added what was built of it within ${minutesText(service.build.limitMs)}; it goes on when somebody does: ${addCommandText(service, release)}`,
    at,
    by,
  })
}

/** Whether a release cannot be built yet, for want of what is built elsewhere. */
export function isMissing(service: ServiceDefinition, { build, added, origin }: Release): boolean {
  if (!service.build.elsewhere || added !== undefined || origin.kind === 'settings') return false
  return build.state === 'waiting' || build.state === 'running'
}

/** When the wait for it is over. */
export function missingUntil(service: ServiceDefinition, { build, mergedAt }: Release): EpochMs {
  const since =
    build.state === 'running' ? build.startedAt : build.state === 'waiting' ? build.since : undefined
  return (since ?? mergedAt) + service.build.limitMs
}

/** What time alone does: a wait that is over, an artifact whose commit never came. */
export type ArtifactMove = { readonly at: EpochMs; readonly command: MachineCommand }

export function artifactMoves(
  state: ServiceState,
  service: ServiceDefinition,
  now: EpochMs,
): readonly ArtifactMove[] {
  const kept = Object.entries(state.artifacts ?? {}).map(
    ([sha, { at }]): ArtifactMove => ({
      at: at + UNMERGED_KEPT_MS,
      command: { type: 'forget-artifact', sha, at: now, by: machine('artifact of no commit') },
    }),
  )
  if (!service.build.elsewhere) return kept
  const missing = Object.values(state.releases)
    .filter((release) => isMissing(service, release))
    .map(
      (release): ArtifactMove => ({
        at: missingUntil(service, release),
        command: {
          type: 'give-up-artifact',
          release: release.release,
          at: now,
          by: machine('build limit'),
        },
      }),
    )
  return [...kept, ...missing]
}

/** Why such a release waits, with the command that ends it. */
export function missingReason(service: ServiceDefinition, release: Release): GateReason | undefined {
  if (!isMissing(service, release)) return undefined
  return {
    code: 'build/no-artifact',
    text: `it waits for what your CI builds of ${whereText(service, release)}, for at most ${minutesText(service.build.limitMs)}: ${addCommandText(service, release)}`,
    until: null,
  }
}

/** A commit that Sluice made is on no branch: where it is kept, a CI can be given it. */
function whereText({ service }: ServiceDefinition, { release, change, origin }: Release): string {
  const sha = change.sha.slice(0, 10)
  return origin.kind === 'cherry-pick'
    ? `${sha}, kept in the repository as ${keptRef(service, release)}`
    : sha
}

/** What has to be built elsewhere before a release can go anywhere; undefined where nothing has. */
export function missingArtifact(
  state: ServiceState,
  number: ReleaseNumber,
): { readonly sha: string; readonly ref: string | null } | undefined {
  const release = state.releases[number]
  const service = state.definition
  if (!release || !service || !isMissing(service, release)) return undefined
  const ref = release.origin.kind === 'cherry-pick' ? keptRef(service.service, number) : null
  return { sha: release.change.sha, ref }
}

function addCommandText({ service }: ServiceDefinition, { change }: Release): string {
  return `sluice artifact add --service ${service} --sha ${change.sha} FOLDER`
}

/** The artifact that stands for a commit; undefined where none was added. */
export function addedFor(state: ServiceState, sha: string): AddedArtifact | undefined {
  return state.artifacts?.[sha] ?? ofCommit(state, sha).findLast(({ added }) => added)?.added
}

/** Releases made of this very commit; a rewritten branch may bring one back. */
function ofCommit(state: ServiceState, sha: string): readonly Release[] {
  return Object.values(state.releases).filter(
    ({ change, origin }) => change.sha === sha && origin.kind !== 'settings',
  )
}

export function withArtifact(
  state: ServiceState,
  {
    sha,
    artifact,
    sizeBytes,
    checksum,
    provenance,
    at,
    by,
  }: Extract<ServiceEvent, { type: 'artifact-added' }>,
): ServiceState {
  const added: AddedArtifact = { artifact, sizeBytes, checksum, provenance, at, by }
  const releases = ofCommit(state, sha)
  if (releases.length === 0) return { ...state, artifacts: { ...state.artifacts, [sha]: added } }
  const given = Object.fromEntries(releases.map((release) => [release.release, { ...release, added }]))
  return { ...state, releases: { ...state.releases, ...given } }
}

export function withoutArtifact(state: ServiceState, sha: string): ServiceState {
  if (!state.artifacts?.[sha]) return state
  const { [sha]: _gone, ...artifacts } = state.artifacts
  return { ...state, artifacts }
}

function addedText({ by }: AddedArtifact): string {
  return `added by ${by.kind === 'person' ? by.name : 'the machine'}`
}

function minutesText(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  return minutes >= 1 ? `${minutes} min` : `${Math.round(ms / 1000)} s`
}
