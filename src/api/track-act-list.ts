import type { Act } from './act-list.ts'

export const trackActs: readonly Act[] = [
  {
    act: 'deploy',
    label: 'Deploy off the line',
    about:
      'Build any commit or branch and put it on a track; never in stable, and the line does not wait for it',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'set-track',
    label: 'Set track',
    about: 'Lead a track to a release; its people move once that runs',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'undo-track',
    label: 'Undo track',
    about: 'Lead a track back to what it led to before',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'follow-track',
    label: 'Follow a stage',
    about: 'Let a track follow the newest release that passed a stage',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'remove-track',
    label: 'Remove track',
    about: 'Take a track away; its people get stable, or what the next rule says',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'add-route',
    label: 'Add route',
    about: 'Lead a customer, a plan or anybody else to a track or release',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'edit-route',
    label: 'Edit route',
    about: 'Change share, target, end or reason of a route; who was in its share stays in',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'remove-route',
    label: 'Remove route',
    about: 'Take a route away',
    needsConfirm: false,
    shortcut: null,
  },
]
