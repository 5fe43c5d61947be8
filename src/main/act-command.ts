// An act of a person, as the command the rules know.
import type { ActBody, ActName } from '../api/acts.ts'
import type { PersonCommand } from '../domain/service/command.ts'

export const LOCK_MS = 4 * 3_600_000

export type ActContext = {
  readonly person: string
  readonly at: number
  readonly newId: (prefix: string) => string
  readonly tick: (stage: string) => number
  /** Version that the value of a secret was kept under; 0 when it is only tried. */
  readonly secret: number
}

type Acted = { readonly [Name in ActName]: { readonly act: Name; readonly body: ActBody<Name> } }[ActName]

export function actCommand(acted: Acted, { person, at, newId, tick, secret }: ActContext): PersonCommand {
  const who = { at, by: { kind: 'person', name: person } } as const
  switch (acted.act) {
    case 'lock': {
      const { stage, reason, forMs, incident, suspect } = acted.body
      return {
        type: 'lock',
        stage,
        id: newId('lock'),
        owner: person,
        reason,
        forMs: forMs ?? LOCK_MS,
        incident: incident ?? null,
        suspect,
        ...who,
      }
    }
    case 'edit-lock':
      return { type: 'edit-lock', ...acted.body, ...who }
    case 'unlock':
      return { type: 'unlock', ...acted.body, ...who }
    case 'skip-bake':
      return { type: 'skip-bake', ...acted.body, ...who }
    case 'rollback':
      return { type: 'rollback', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'abort':
      return { type: 'abort', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'accept':
      return { type: 'accept', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'accept-history':
      return { type: 'accept-history', ...acted.body, ...who }
    case 'reject':
      return { type: 'reject', ...acted.body, ...who }
    case 'unreject':
      return { type: 'unreject', ...acted.body, ...who }
    case 'retry':
      return { type: 'retry', ...acted.body, ...who }
    case 'pin':
      return { type: 'pin', ...acted.body, ...who }
    case 'unpin':
      return { type: 'unpin', ...acted.body, ...who }
    case 'set-vars': {
      const { stage, vars, reason } = acted.body
      const changes = Object.entries(vars).map(([name, value]) => ({
        name,
        setting: { kind: 'plain', value } as const,
      }))
      return { type: 'set-settings', stage, changes, reason, ...who }
    }
    case 'set-secret': {
      const { stage, name, reason } = acted.body
      // The value has its own place; what is known here is which one it is.
      const changes = [{ name, setting: { kind: 'secret', secret } as const }]
      return { type: 'set-settings', stage, changes, reason, ...who }
    }
    case 'unset-settings': {
      const { stage, names, reason } = acted.body
      return {
        type: 'set-settings',
        stage,
        changes: names.map((name) => ({ name, setting: null })),
        reason,
        ...who,
      }
    }
  }
}
