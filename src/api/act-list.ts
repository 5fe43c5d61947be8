// Everything a person can do, as data: the buttons, the command palette, the CLI's help and the API's routes are all
// drawn from this one list. Whether an act is allowed is the server's to say, by trying it.
import type { ActName } from './acts.ts'
import { trackActs } from './track-act-list.ts'

export type Act = {
  readonly act: ActName
  readonly label: string
  /** One line for help and tooltips. */
  readonly about: string
  readonly needsConfirm: boolean
  readonly shortcut: string | null
}

export const acts: readonly Act[] = [
  {
    act: 'lock',
    label: 'Lock',
    about: 'Close the gate into a stage; earlier stages go on receiving',
    needsConfirm: false,
    shortcut: 'l',
  },
  {
    act: 'edit-lock',
    label: 'Edit lock',
    about: 'Change reason, expiry, incident or suspect of a lock',
    needsConfirm: false,
    shortcut: null,
  },
  { act: 'unlock', label: 'Unlock', about: 'Open the gate again', needsConfirm: true, shortcut: 'u' },
  {
    act: 'skip-bake',
    label: 'Skip bake',
    about: 'Let a release go on without the rest of its bake',
    needsConfirm: true,
    shortcut: 's',
  },
  {
    act: 'rollback',
    label: 'Roll back',
    about: 'Go back to an earlier release now, and pin the stage',
    needsConfirm: true,
    shortcut: 'r',
  },
  {
    act: 'abort',
    label: 'Go back now',
    about: 'End the rollout under way and go back, and pin the stage',
    needsConfirm: true,
    shortcut: 'b',
  },
  {
    act: 'approve',
    label: 'Approve',
    about: 'Say yes to a release, and to everything in it that nobody approved yet',
    needsConfirm: true,
    shortcut: 'a',
  },
  {
    act: 'promote',
    label: 'Promote',
    about: 'Let a release go into a stage that is entered by hand',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'send-back',
    label: 'Send back',
    about: 'Send a change back to its author with words; it is rejected',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'pause',
    label: 'Pause',
    about: 'Keep the rollout under way where it stands; it is watched on',
    needsConfirm: false,
    shortcut: null,
  },
  {
    act: 'resume',
    label: 'Resume',
    about: 'Let a paused rollout go on',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'confirm',
    label: 'Confirm',
    about: 'Say that a rollout may go on after a step that asks',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'hotfix',
    label: 'Hotfix',
    about: 'Send a change into a stage now: no bake, all checks and steps, then watched',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'emergency',
    label: 'Emergency',
    about: 'Send code straight into a stage, round everything that is named; marked unverified',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'accept',
    label: 'Accept',
    about: 'Answer an inconclusive bake, and make the release one to go back to',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'accept-history',
    label: 'Accept history',
    about: 'Go on after the branch was rewritten',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'reject',
    label: 'Reject',
    about: 'Mark a change as bad: whatever contains it is blocked until it is reverted or fixed',
    needsConfirm: true,
    shortcut: 'x',
  },
  { act: 'unreject', label: 'Unreject', about: 'Take a rejection back', needsConfirm: true, shortcut: null },
  {
    act: 'retry',
    label: 'Retry',
    about: 'Try a build, check or rollout once more',
    needsConfirm: false,
    shortcut: null,
  },
  { act: 'pin', label: 'Pin', about: 'Keep a stage on what it runs', needsConfirm: false, shortcut: 'p' },
  { act: 'unpin', label: 'Unpin', about: 'Let a stage move again', needsConfirm: true, shortcut: null },
  {
    act: 'retire-stage',
    label: 'Retire',
    about: 'Let go of all a stage runs, for good, so that the configuration can be without it',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'set-vars',
    label: 'Set variables',
    about: 'Set variables of a stage; they roll out like a release, and go back like one',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'set-secret',
    label: 'Set a secret',
    about: 'Set a secret of a stage; its value is never shown again',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'unset-settings',
    label: 'Unset',
    about: 'Take variables or secrets away from a stage',
    needsConfirm: true,
    shortcut: null,
  },
  ...trackActs,
]
