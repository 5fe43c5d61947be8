// What people press about tracks and rules, for stories of any kind.
import type { PersonCommand } from '../command.ts'
import { change, type Story, type Wish } from './story.ts'

const HOUR_MS = 3_600_000

export const ROUTE_ACTS = [
  'deploy',
  'set-track',
  'undo-track',
  'follow-track',
  'remove-track',
  'add-route',
  'edit-route',
  'remove-route',
] as const

export function routeWish(
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
    case 'deploy':
      return { type: act, stage, track, change: change(700 + (release % 3)), label: 'anna/fix', reason }
    case 'set-track':
      return { type: act, stage, track, release, percent: release % 3 === 0 ? 50 : undefined, reason }
    case 'undo-track':
    case 'remove-track':
      return { type: act, stage, track, reason }
    case 'follow-track':
      return { type: act, stage, track, passed: release % 3 === 0 ? null : 'staging' }
    case 'add-route': {
      const to = release % 2 === 0 ? { release } : { track }
      return { type: act, stage, when: [customer], percent: 100, to, forMs: HOUR_MS, reason }
    }
    case 'edit-route':
      return { type: act, stage, route, percent: 20, forMs: HOUR_MS / 6 }
    case 'remove-route':
      return { type: act, stage, route, reason }
  }
}
