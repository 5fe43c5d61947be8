// What the fixture server says: a sentence per act, an audit log, a build log.
import type { ActName } from '../../src/api/acts.ts'
import type { AuditRow } from '../../src/api/board.ts'

export function said(body: Record<string, unknown>, field: string): string {
  const value = body[field]
  return typeof value === 'number' || typeof value === 'string' ? String(value) : ''
}

export const sentences: Readonly<Record<ActName, (stage: string, body: Record<string, unknown>) => string>> =
  {
    lock: (stage) => `Nothing enters ${stage} for 4 h; earlier stages go on receiving.`,
    'edit-lock': (stage) => `The lock of ${stage} is changed.`,
    unlock: (stage) => `#45 to #50 enter ${stage} one at a time, #45 first.`,
    'skip-bake': (stage) => `#47 leaves ${stage} now, and #45 and #46 go along unbaked.`,
    rollback: (stage, body) =>
      `${stage} goes back to ${body['to'] === undefined ? '#43' : `#${said(body, 'to')}`} now and stays there until somebody unpins it.`,
    abort: (stage) =>
      `The rollout of #45 ends, ${stage} goes back to #44 now and stays there until somebody unpins it.`,
    approve: (stage) => `#45 approved for ${stage}.`,
    promote: (stage) => `#45 is let go into ${stage}.`,
    'send-back': (stage) => `#45 sent back from ${stage}.`,
    pause: (stage) => `The rollout in ${stage} stays where it stands.`,
    resume: (stage) => `The rollout in ${stage} goes on.`,
    confirm: (stage) => `The rollout in ${stage} goes on.`,
    hotfix: (stage) => `#43+1 goes into ${stage} as a hotfix; nothing else goes along.`,
    emergency: (stage) =>
      `#50 goes into ${stage} as an emergency, unverified; along go #45 to #49 (not baked).`,
    accept: (stage, body) => `#${said(body, 'release')} goes on from ${stage} and becomes one to go back to.`,
    'accept-history': () =>
      'Three commits are new and become releases; #43 and #44 stay live until they are replaced.',
    reject: (_, body) =>
      `#${said(body, 'release')} and whatever contains it enter no further stage until it is reverted or fixed.`,
    unreject: (_, body) => `#${said(body, 'release')} may go on again.`,
    retry: () => 'It is tried once more, now.',
    'retire-stage': (stage) => `${stage} is retired; its instances stop.`,
    pin: (stage) => `${stage} stays on what it runs.`,
    deploy: (stage) => `It is built, and goes to a track of ${stage} then.`,
    'set-track': (stage, body) =>
      `Track ${said(body, 'track')} of ${stage} leads to #${said(body, 'release')}.`,
    'undo-track': (stage, body) => `Track ${said(body, 'track')} of ${stage} leads to what it led to before.`,
    'follow-track': (stage, body) => `Track ${said(body, 'track')} of ${stage} follows what passes.`,
    'remove-track': (stage, body) => `Track ${said(body, 'track')} of ${stage} is gone.`,
    'add-route': (stage) => `The rule of ${stage} is asked last.`,
    'edit-route': (stage) => `The rule of ${stage} is changed.`,
    'remove-route': (stage) => `The rule of ${stage} is gone.`,
    unpin: (stage) =>
      `Nothing is brought back by itself; the next new release enters ${stage} and carries what was taken out.`,
    'set-vars': (stage) => `The settings of ${stage} change and roll out.`,
    'set-secret': (stage) => `The settings of ${stage} change and roll out.`,
    'unset-settings': (stage) => `The settings of ${stage} change and roll out.`,
  }

export function auditOf(url: URL, at: number): readonly AuditRow[] {
  const before = Number(url.searchParams.get('before') ?? 400)
  const limit = Number(url.searchParams.get('limit') ?? 50)
  const service = url.searchParams.get('service') ?? 'shop'
  const kinds = [
    {
      by: { kind: 'person', name: 'anna' },
      type: 'stage-locked',
      text: 'Locked production: checkout totals look wrong',
      stage: 'production',
      release: null,
    },
    {
      by: { kind: 'machine', rule: 'rollout' },
      type: 'step-passed',
      text: 'Step 2 (25%) passed: 4,112 requests, no verdict against it',
      stage: 'production',
      release: 45,
    },
    {
      by: { kind: 'machine', rule: 'bake' },
      type: 'change-cleared',
      text: 'Cleared in staging after 1 h and 412 requests',
      stage: 'staging',
      release: 45,
    },
    {
      by: { kind: 'person', name: 'ben' },
      type: 'bake-skipped',
      text: 'Skipped the rest of the bake: fixes the outage of this morning',
      stage: 'staging',
      release: 44,
    },
    {
      by: { kind: 'machine', rule: 'source' },
      type: 'change-seen',
      text: 'Seen on main: Retry webhooks with a growing pause',
      stage: null,
      release: 46,
    },
  ] as const
  return Array.from({ length: Math.max(0, Math.min(limit, before - 1, 320)) }, (_, index) => {
    const number = Math.min(before, 321) - 1 - index
    const kind = kinds[number % kinds.length] ?? kinds[0]
    return { position: number, at: at - (321 - number) * 7 * 60_000, service, data: {}, ...kind }
  })
}

export const buildLog = [
  '$ npm ci',
  'added 214 packages in 9s',
  '$ npm run build',
  ...Array.from({ length: 40 }, (_, index) => `\u001b[32m✓\u001b[39m compiled module ${index + 1} of 40`),
  'done in 21.4s',
  '',
].join('\n')
