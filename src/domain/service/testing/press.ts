// What a person presses in a made-up story: every act there is, meant for a stage and a release.
import type { PersonCommand } from '../command.ts'
import { blockedBy } from '../lifting.ts'
import { service, type Story, type Wish } from './story.ts'

const MINUTE_MS = 60_000

export const ROUTE_ACTS = [
  'set-track',
  'undo-track',
  'follow-track',
  'remove-track',
  'add-route',
  'edit-route',
  'remove-route',
] as const

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
      return { type: act, stage, release }
    case 'send-back':
      return { type: act, stage, release, reason }
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
      }
    case 'configure':
      return { type: act, definition: story.state.definition ?? service() }
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

function routeWish(
  story: Story,
  act: (typeof ROUTE_ACTS)[number],
  stage: string,
  release: number,
): Wish<PersonCommand> {
  const reason = 'because'
  const track = release % 2 === 0 ? 'beta' : 'experimental'
  const route = story.stage(stage).routes.rules.at(release % 2)?.id ?? 'none'
  const customer = { attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } } as const
  switch (act) {
    case 'set-track':
      return { type: act, stage, track, release, percent: release % 3 === 0 ? 50 : undefined, reason }
    case 'undo-track':
    case 'remove-track':
      return { type: act, stage, track, reason }
    case 'follow-track':
      return { type: act, stage, track, passed: release % 3 === 0 ? null : 'staging' }
    case 'add-route': {
      const to = release % 2 === 0 ? { release } : { track }
      return { type: act, stage, when: [customer], percent: 100, to, forMs: 60 * MINUTE_MS, reason }
    }
    case 'edit-route':
      return { type: act, stage, route, percent: 20, forMs: 11 * MINUTE_MS }
    case 'remove-route':
      return { type: act, stage, route, reason }
  }
}
