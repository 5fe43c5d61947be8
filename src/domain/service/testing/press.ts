// What a person presses in a made-up story: every act there is, meant for a stage and a release.
import type { PersonCommand, SettingsRound } from '../command.ts'
import { blockedBy } from '../lifting.ts'
import { service, sha, type Story, type Wish } from './story.ts'
import { routeWish } from './track-wishes.ts'

const MINUTE_MS = 60_000

export function wish(
  story: Story,
  act: PersonCommand['type'],
  stage: string,
  release: number,
): Wish<PersonCommand> {
  const reason = 'because'
  switch (act) {
    case 'lock':
      return {
        type: act,
        stage,
        id: `l${story.events.length}`,
        owner: 'anna',
        reason,
        forMs: 4 * 60 * MINUTE_MS,
        incident: null,
        suspect: release % 2 === 0 ? undefined : null,
        allTracks: release % 3 === 0,
      }
    case 'edit-lock':
      return { type: act, stage, lock: story.stage(stage).locks[0]?.id ?? 'none', reason }
    case 'unlock':
      return {
        type: act,
        stage,
        lock: story.stage(stage).locks[0]?.id,
        incidentClosed: false,
        queue: release % 2 === 0 ? 'latest' : undefined,
      }
    case 'add-artifact':
      return {
        type: act,
        sha: sha(release),
        artifact: `sha256-${release % 2}`,
        sizeBytes: 10,
        checksum: `sha256:${'0'.repeat(64)}`,
        provenance: null,
      }
    case 'skip-bake':
      return { type: act, stage, release, reason }
    case 'rollback':
      return { type: act, stage, to: release % 2 === 0 ? undefined : release, reason, tick: 0 }
    case 'abort':
      return { type: act, stage, reason, tick: 0 }
    case 'accept':
      return { type: act, stage, release: story.stage(stage).asked?.release ?? release, reason, tick: 0 }
    case 'accept-history':
      return { type: act, reason }
    case 'reject':
    case 'unreject':
      return { type: act, release, reason }
    case 'retry':
      return { type: act, release, stage: release % 2 === 0 ? stage : undefined }
    case 'pin':
      return { type: act, stage, reason }
    case 'unpin':
      return { type: act, stage, culprit: release % 3 === 0 ? release : undefined, reason }
    case 'approve':
    case 'promote':
      return { type: act, stage, release: release % 4 === 0 ? undefined : release }
    case 'send-back':
      return { type: act, stage, release, reason }
    case 'retire-stage':
      return { type: act, stage, reason }
    case 'pause':
      return { type: act, stage, reason }
    case 'resume':
    case 'confirm':
      return { type: act, stage }
    case 'hotfix':
      return story.hotfix([release % 2 === 0 ? release : `${'c'.repeat(39)}${release}`], {
        stage,
        locks: release % 3 === 0 ? story.stage(stage).locks.map(({ id }) => id) : [],
      })
    case 'emergency':
      return story.emergency(release, {
        stage,
        locks: release % 3 === 0 ? story.stage(stage).locks.map(({ id }) => id) : [],
        rejected: release % 2 === 0 ? blockedBy(story.state, release, stage) : [],
      })
    case 'set-settings':
      return {
        type: act,
        stage,
        changes: [
          release % 3 === 0
            ? { name: 'TOKEN', setting: { kind: 'secret', secret: story.events.length } }
            : { name: 'COLOUR', setting: release % 3 === 1 ? { kind: 'plain', value: `${release}` } : null },
        ],
        reason,
        ...(story.events.length % 3 === 0 ? { round: settingsRound(story, stage, release) } : {}),
      }
    case 'configure':
      return { type: act, definition: story.state.definition ?? service() }
    case 'deploy':
    case 'set-track':
    case 'undo-track':
    case 'follow-track':
    case 'remove-track':
    case 'add-route':
    case 'edit-route':
    case 'remove-route':
      return routeWish(story, act, stage, release)
  }
}

function settingsRound(story: Story, stage: string, release: number): SettingsRound {
  const { locks, rollout } = story.stage(stage)
  return {
    lane: release % 2 === 0 ? 'hotfix' : 'emergency',
    keeps: release % 4 < 2 ? undefined : rollout?.release,
    locks: release % 5 === 0 ? [] : locks.map(({ id }) => id),
    tick: 0,
  }
}
